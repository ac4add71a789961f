using System.Text;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Charts;

/// <summary>What charts call messages and events: shorter than the course does, for there is little room.</summary>
internal static class ChartWords
{
    /// <summary>Longer texts are cut: a value may have 64 KiB.</summary>
    private const int MaxLength = 40;

    public static string Say(Message message) => Cut(message switch
    {
        Promise { Accepted: { } accepted } m => $"Promise({m.Ballot}, {accepted})",
        Report { Accepted: { } accepted } => $"Report({accepted})",
        Report => "Report(nothing)",
        Copy m => $"Copy({m.Epoch})",
        Copies m => $"Copies({m.Epoch}{(m.IsLast ? "" : ", more")})",
        Nack m => $"Nack(promised {m.Promised})",
        _ => LogWords.Say(message),
    });

    public static string Say(Event @event) => Cut(@event switch
    {
        RoundsReserved e when Epoch.Of(e.Through) is > 1 and var epoch => $"reserved round {epoch}:{e.Through - Epoch.Floor(epoch)}",
        RoundsReserved e => $"reserved round {e.Through}",
        Promised e => $"promised {e.Ballot}",
        ValueAccepted e => $"accepted {new Proposal(e.Ballot, e.Value)}",
        ValueCopied e => $"took {new Proposal(e.Ballot, e.Value)}",
        EpochSealed e => $"sealed epoch {e.Epoch}",
        EpochOpened e => $"opened epoch {e.Configuration.VoterEpoch}",
        ValueChosen e => $"chosen {e.Value}",
        _ => LogWords.Say(@event),
    });

    /// <summary>One line, without what no terminal and no picture can show, and not too long.</summary>
    public static string Cut(string text)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= MaxLength)
                return line.Append('…').ToString();
            line.Append(Rune.IsControl(rune) || rune.Value is 0xFFFE or 0xFFFF ? new Rune('·') : rune);
        }
        return line.ToString();
    }
}
