using System.Globalization;
using Paxos.Node.Http;

namespace Paxos.Node.Client;

/// <summary>
/// The nodes' statuses as a table: a line a node, with the first group; a line more for each further group; and below it why a
/// node takes no part.
/// </summary>
internal static class StatusTable
{
    private static readonly string[] Heading = ["NODE", "STATE", "QUORUM", "GROUP", "LEADER", "BALLOT", "CHOSEN", "APPLIED", "TRIMMED", "LAG", "JOURNAL", "HEARD", "ADDRESS", "HTTP"];

    public static IEnumerable<string> Render(IReadOnlyList<EndpointStatus> all)
    {
        List<string[]> rows = [Heading, .. all.SelectMany(Rows)];
        var widths = Heading.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            yield return string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd();
        foreach (var endpoint in all)
        {
            foreach (var group in endpoint.Status?.Groups ?? [])
            {
                if (group.Reason is { } fault)
                    yield return $"{endpoint.Status!.Node}: {fault}";
            }
            if ((endpoint.Problem ?? endpoint.Status?.Reason) is { } why)
                yield return $"{endpoint.Status?.Node ?? endpoint.Endpoint}: {why}";
        }
    }

    private static IEnumerable<string[]> Rows(EndpointStatus endpoint)
    {
        yield return First(endpoint);
        foreach (var group in endpoint.Status?.Groups.Skip(1) ?? [])
            yield return ["", "", group.QuorumConnected ? "heard" : "not heard", .. Log(group), "", "", ""];
    }

    private static string[] First(EndpointStatus endpoint)
    {
        if (endpoint.Status is not { } status)
            return ["?", "unreachable", .. Enumerable.Repeat("-", Heading.Length - 3), endpoint.Endpoint];
        var members = status.Groups.SelectMany(group => group.Configuration.Voters.Concat(group.Configuration.Learners));
        return
        [
            status.Node,
            status.State,
            .. status.Groups is [var group, ..] ? (string[])[group.QuorumConnected ? "heard" : "not heard", .. Log(group)] : [.. Enumerable.Repeat("-", 9)],
            status.Peers.Count == 0 ? "-" : string.Join(", ", status.Peers.Select(Heard)),
            members.FirstOrDefault(member => member.Id == status.Node)?.Address ?? "-",
            endpoint.Endpoint,
        ];
    }

    // From GROUP to JOURNAL.
    private static string[] Log(GroupDocument group) =>
    [
        group.Group,
        group.Leader ?? "-",
        group.Ballot is { } ballot ? $"{ballot.Round}.{ballot.Node}" : "-",
        $"{group.Chosen}",
        $"{group.Applied}",
        $"{group.Trimmed}",
        group.Lags.Count == 0 ? "-" : string.Join(", ", group.Lags.OrderBy(lag => lag.Key, StringComparer.Ordinal).Select(lag => $"{lag.Key} {lag.Value}")),
        group.JournalBytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB") : "-",
    ];

    private static string Heard(PeerDocument peer) => peer.HeardMsAgo switch
    {
        null => $"{peer.Id} never",
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{peer.Id} {peer.HeardMsAgo} ms ago"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{peer.Id} {peer.HeardMsAgo / 1000} s ago"),
    };
}
