using System.Collections.Immutable;
using Paxos.Protocol.Log;

namespace Paxos.Protocol.MultiPaxos;

/// <summary>
/// What waits at a leader for a slot. Batching is natural: what arrives while slots are under way shares the next one, so one
/// client pays one round trip and a thousand share one write. What was submitted together is never split: it is proposed, or
/// refused, as a whole.
/// </summary>
internal sealed class CommandQueue(LogOptions options)
{
    private readonly Queue<(NodeId From, Submit Submit, int Size)> waiting = new();
    private long bytes;
    private int commands;

    public bool IsEmpty => waiting.Count == 0;

    public long Bytes => bytes;

    public bool IsFull => bytes >= options.QueueBytes;

    /// <summary>A slot would gain nothing by waiting.</summary>
    public bool FillsSlot => bytes >= options.BatchBytes || commands >= options.BatchCommands;

    public void Add(NodeId from, Submit submit)
    {
        var size = 0;
        foreach (var command in submit.Commands.AsSpan())
            size += command.Bytes.Length;
        waiting.Enqueue((from, submit, size));
        bytes += size;
        commands += submit.Commands.Count;
    }

    /// <summary>The commands of one slot.</summary>
    public EquatableArray<Value> Take()
    {
        var batch = ImmutableArray.CreateBuilder<Value>();
        var size = 0;
        while (waiting.TryPeek(out var next)
            && (batch.Count == 0
                || (size + next.Size <= options.BatchBytes && batch.Count + next.Submit.Commands.Count <= options.BatchCommands)))
        {
            waiting.Dequeue();
            batch.AddRange(next.Submit.Commands.AsSpan());
            size += next.Size;
        }
        bytes -= size;
        commands -= batch.Count;
        return batch.ToImmutable();
    }

    public void RefuseAll(NodeId leader, Effects effects)
    {
        while (waiting.TryDequeue(out var next))
            effects.SendNow(next.From, new Refused(next.Submit.Id, Refusal.NotLeader, leader));
        bytes = 0;
        commands = 0;
    }

    public void Write(CanonicalWriter writer)
    {
        writer.Number((ulong)waiting.Count);
        foreach (var (from, submit, _) in waiting)
        {
            writer.Node(from);
            writer.Number(submit.Id);
            writer.Number((ulong)submit.Commands.Count);
            foreach (var command in submit.Commands.AsSpan())
                writer.Bytes(command.Bytes.Span);
        }
    }

    public void Read(ref CanonicalReader reader)
    {
        waiting.Clear();
        bytes = 0;
        commands = 0;
        for (var count = reader.Number(); count > 0; count--)
        {
            var from = reader.Node();
            var id = reader.Number();
            var commands = new Value[(int)reader.Number()];
            for (var i = 0; i < commands.Length; i++)
                commands[i] = new Value(reader.Bytes().ToArray());
            Add(from, new Submit(id, ImmutableArray.Create(commands)));
        }
    }
}
