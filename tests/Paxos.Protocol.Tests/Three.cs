using System.Globalization;
using Paxos.Protocol.SingleDecree;

namespace Paxos.Protocol.Tests;

/// <summary>What the tests of the roles share: three voters, two values, and effects in words.</summary>
internal static class Three
{
    public static readonly NodeId A = new("a");
    public static readonly NodeId B = new("b");
    public static readonly NodeId C = new("c");

    /// <summary>It has no vote.</summary>
    public static readonly NodeId Learner = new("d");

    public static readonly Value Blue = Value.FromUtf8("blue");
    public static readonly Value Green = Value.FromUtf8("green");

    public static readonly Configuration Voters = new(1, [Member(A), Member(B), Member(C)], []);

    public static readonly Configuration WithLearner = new(1, [Member(A), Member(B), Member(C)], [Member(Learner)]);

    public static Member Member(NodeId node) => new(node, default);

    /// <summary>The effects of a step, each in words, in order.</summary>
    public static string[] Effects(Action<Effects> step)
    {
        var effects = new Effects();
        step(effects);
        return Words(effects);
    }

    public static string[] Words(IEnumerable<Effect> effects) => [.. effects.Select(InWords)];

    public static byte[] Bytes(Action<CanonicalWriter> write)
    {
        var writer = new CanonicalWriter();
        write(writer);
        return writer.Written.ToArray();
    }

    private static string InWords(Effect effect) => effect switch
    {
        Effect.Persist e => $"persist {e.Event}",
        Effect.Send { Overtakes: true } e => $"at once {e.Message} to {e.To}",
        Effect.Send e => $"send {e.Message} to {e.To}",
        Effect.StartTimer e => string.Create(CultureInfo.InvariantCulture, $"{Name(e.Timer)} in {e.Min.TotalMilliseconds} to {e.Max.TotalMilliseconds} ms"),
        Effect.StopTimer e => $"no {Name(e.Timer)}",
        Effect.Chosen e => $"chosen {e.Value}",
        PageWanted e => $"page for {e.To} after {e.After}",
        CopiesArrived e => $"take over {e.Items.Count} of {e.Source.Id}",
        EpochIsOpen e => $"open in {e.Epoch}",
        Effect.Undecided => "undecided",
        _ => $"tell {effect}",
    };

    private static string Name(Protocol.Timer timer) => timer.ToString().ToLowerInvariant();
}
