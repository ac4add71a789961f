using System.Collections.Immutable;
using Paxos.Protocol;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Checking.Moves;

/// <summary>The log says that this configuration is in force.</summary>
internal sealed record InForce(int Epoch) : Message;

/// <summary>A reader is to begin.</summary>
internal sealed record BeginRead : Message;

/// <summary>Who takes part in a check of changing voters.</summary>
internal sealed class MoveCast
{
    private static readonly string[] Colours = ["blue", "red", "green", "white", "black"];

    public MoveCast(MoveCheckOptions options)
    {
        Options = options;
        Nodes = [.. Enumerable.Range('a', options.Voters + (options.Shrinks > 0 ? 0 : options.Changes)).Select(c => new NodeId($"{(char)c}"))];
        QuorumRule? rule = options.Phase1 > 0 ? new QuorumRule(options.Phase1, options.Voters - options.Phase1 + 1) : null;
        Configurations = [.. Enumerable.Range(0, options.Changes + 1).Select(i => new Configuration(
            (uint)i + 1, Nodes.Skip(i).Take(options.Voters - (options.Shrinks > 0 ? i : 0)).Select(node => new Member(node, default)), [], i == 0 ? rule : null))];
    }

    public MoveCheckOptions Options { get; }

    public ImmutableArray<NodeId> Nodes { get; }

    /// <summary>By epoch, counted from 1.</summary>
    public ImmutableArray<Configuration> Configurations { get; }

    public Configuration Last => Configurations[^1];

    public bool IsOld(int place) => place < Options.OldProposers;

    /// <summary>A proposer that begins in the last epoch.</summary>
    public bool IsNew(int place) => !IsOld(place) && place >= Nodes.Length - Options.NewProposers;

    public bool Reads(int place) => IsNew(place) && place >= Nodes.Length - Options.Readers;

    public static Value Wish(int place) => Value.FromUtf8(Colours[place]);

    public Epochs NewEpochs(int place) => new(new Member(Nodes[place], default), Configurations[0], RetryDelays.Default);

    public Proposer NewProposer(int place, uint epoch) => new(Nodes[place], Configurations[(int)epoch - 1], new Rounds(), RetryDelays.Default);
}
