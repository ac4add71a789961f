namespace Paxos.Node.Client;

/// <summary>What came of a proposal, over all endpoints.</summary>
/// <param name="Endpoint">The node that settled it; null where none did.</param>
/// <param name="Said">A line for each endpoint that did not settle it.</param>
internal sealed record DecideOutcome(int ExitCode, Answer.Decided? Decided, Uri? Endpoint, IReadOnlyList<string> Said);

/// <summary>
/// Proposes one value at one endpoint after another until one says what is decided. Asking twice is safe: the name has one value
/// for ever, whoever proposes it, so an unknown outcome at one node is settled by the next that answers.
/// </summary>
internal sealed class Decide(NodeClient client)
{
    // A node gives up after paxos.operation-timeout (5 s by default); then the next one has its turn.
    private static readonly TimeSpan EachTimeout = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan TotalTimeout = TimeSpan.FromSeconds(15);

    public async Task<DecideOutcome> RunAsync(IReadOnlyList<Uri> endpoints, string name, byte[] value, CancellationToken ct)
    {
        using var total = CancellationTokenSource.CreateLinkedTokenSource(ct);
        total.CancelAfter(TotalTimeout);
        var said = new List<string>();
        var code = ExitCode.Usage;
        foreach (var endpoint in endpoints)
        {
            if (total.IsCancellationRequested)
                break;
            using var each = CancellationTokenSource.CreateLinkedTokenSource(total.Token);
            each.CancelAfter(EachTimeout);
            switch (await client.DecideAsync(endpoint, name, value, each.Token))
            {
                case Answer.Decided decided:
                    return new DecideOutcome(ExitCode.Done, decided, endpoint, said);
                case Answer.Invalid invalid:
                    return new DecideOutcome(ExitCode.Usage, null, endpoint, [Line(endpoint, invalid.Detail)]);
                case Answer.Refused refused:
                    said.Add(Line(endpoint, refused.Detail));
                    code = code == ExitCode.Unknown ? code : ExitCode.Refused;
                    break;
                case Answer.Unknown unknown:
                    said.Add(Line(endpoint, unknown.Detail));
                    code = ExitCode.Unknown;
                    break;
                case Answer.Unreachable unreachable:
                    said.Add(Line(endpoint, unreachable.Detail));
                    break;
            }
        }
        return new DecideOutcome(code, null, null, said);
    }

    private static string Line(Uri endpoint, string detail) => $"  {endpoint.GetLeftPart(UriPartial.Authority)}: {detail}";
}
