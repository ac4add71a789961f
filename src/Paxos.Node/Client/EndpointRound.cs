namespace Paxos.Node.Client;

/// <summary>What came of a request, over all endpoints.</summary>
/// <param name="Answer">What settled it; null where nothing did.</param>
/// <param name="Endpoint">The node that settled it, or that called it invalid; null where none did.</param>
/// <param name="Said">A line for each endpoint that did not settle it.</param>
internal sealed record Outcome(int ExitCode, Answer.Settled? Answer, Uri? Endpoint, IReadOnlyList<string> Said);

/// <summary>
/// Asks one endpoint after another until one settles the request. It must be safe to ask twice: an unknown outcome at one node is
/// then settled by the next that answers.
/// </summary>
internal static class EndpointRound
{
    // A node gives up after paxos.operation-timeout (5 s by default); then the next one has its turn.
    private static readonly TimeSpan EachTimeout = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan TotalTimeout = TimeSpan.FromSeconds(15);

    public static async Task<Outcome> RunAsync(
        IReadOnlyList<Uri> endpoints, Func<Uri, CancellationToken, Task<Answer>> ask, CancellationToken ct)
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
            switch (await ask(endpoint, each.Token))
            {
                case Answer.Settled settled:
                    return new Outcome(ExitCode.Done, settled, endpoint, said);
                case Answer.Invalid invalid:
                    return new Outcome(ExitCode.Usage, null, endpoint, [Line(endpoint, invalid.Detail)]);
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
        return new Outcome(code, null, null, said);
    }

    private static string Line(Uri endpoint, string detail) => $"  {endpoint.GetLeftPart(UriPartial.Authority)}: {detail}";
}
