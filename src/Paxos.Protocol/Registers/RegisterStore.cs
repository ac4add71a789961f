// A Stream is how a snapshot is handed over; whose it is, a file or memory, is the host's affair.
#pragma warning disable RS0030
using System.Collections.Immutable;
using Paxos.Protocol.Log;

namespace Paxos.Protocol.Registers;

/// <summary>
/// Registers by key: a machine on the log like any other. A register's version is the number of the change that wrote it, so
/// it is never used again, also after the key was deleted and created anew.
/// </summary>
public sealed class RegisterStore : IStateMachine
{
    public const int MaxValueBytes = 1024 * 1024;

    // To freeze the set is to visit each of its nodes that was made since the last time: for a million of them the log would stand
    // still for tens of milliseconds. So it is done after so many changes already, view or no view.
    private const int MaxUnfrozenChanges = 4096;

    private static readonly ImmutableSortedSet<Register> NoRegisters =
        ImmutableSortedSet.Create<Register>(Comparer<Register>.Create((left, right) => RegisterKey.ByBytes.Compare(left.Key, right.Key)));

    // A set and not a dictionary, because a set can be entered at a key. Its builder changes in place what no frozen view holds, and
    // copies what one does; so do we with a register.
    private ImmutableSortedSet<Register>.Builder registers = NoRegisters.ToBuilder();

    // The same ones: a key is found in one step, however many there are. In parts, because one that grows is copied, and the log waits.
    private readonly Dictionary<string, Register>[] parts = [.. Enumerable.Range(0, 16).Select(_ => new Dictionary<string, Register>(StringComparer.Ordinal))];

    // Views so far: a register that was made since the last one is in none.
    private ulong views;
    private int unfrozenChanges;

    // Those with a time to live, the earliest first. Not part of the snapshot: the registers say it all.
    private readonly SortedSet<Register> byDue = new(Comparer<Register>.Create((left, right) =>
        left.DueMs != right.DueMs ? left.DueMs.CompareTo(right.DueMs) : RegisterKey.ByBytes.Compare(left.Key, right.Key)));

    /// <summary>The number of the last thing that the store was told.</summary>
    public ulong Revision { get; private set; }

    public int Count => registers.Count;

    public ulong DueMs => byDue.Min?.DueMs ?? ulong.MaxValue;

    public string? Refuse(Value command)
    {
        try
        {
            var decoded = RegisterCommand.Decode(command);
            if (RegisterKey.Problem(decoded.Key) is { } problem)
                return problem;
            return decoded switch
            {
                RegisterCommand.Put { TtlMs: 0 } => "The time to live is 0: give 1 ms or more, or none.",
                RegisterCommand.Put put when put.Value.Bytes.Length > MaxValueBytes =>
                    $"The value has {put.Value.Bytes.Length} bytes: the limit is {MaxValueBytes} bytes.",
                _ => null,
            };
        }
        catch (FormatException e)
        {
            return $"The bytes are no command for registers: {e.Message}.";
        }
    }

    public void Apply(in Context context, Value command, IOutput output)
    {
        Revision = context.Index;
        var decoded = RegisterCommand.Decode(command);
        var current = Find(decoded.Key);
        var version = current?.Version ?? 0;
        if ((decoded.Condition ?? version) != version || (current is null && decoded is RegisterCommand.Delete))
        {
            output.Result(new RegisterResult(Happened: false, Created: false, version).Encode());
            return;
        }
        var put = decoded as RegisterCommand.Put;
        var change = new RegisterChange(put?.Value, context.Index).Encode();
        if (put is null)
            Remove(current!);
        else
            // The value as the change has it, a copy: the command is a slice of a whole batch, which would be kept alive by its smallest value.
            Put(current, put.Key, RegisterChange.Decode(change).Value!.Value, context.Index, DueAt(context.TimeMs, put.TtlMs));
        output.Result(new RegisterResult(Happened: true, Created: current is null, context.Index).Encode());
        output.Notify(decoded.Key, change);
    }

    public void OnSessionClosed(ulong session, in Context context, IOutput output) => Revision = context.Index;

    /// <summary>One register goes a call, so that each deletion has a revision of its own.</summary>
    public void OnTime(in Context context, IOutput output)
    {
        Revision = context.Index;
        if (byDue.Min is not { } due || due.DueMs > context.TimeMs)
            return;
        Remove(due);
        output.Notify(due.Key, new RegisterChange(null, context.Index).Encode());
    }

    /// <exception cref="FormatException">The bytes are no <see cref="RegisterQuery"/>.</exception>
    public Value Query(Value question) => RegisterQuery.Decode(question) switch
    {
        RegisterQuery.Get get => new RegisterAnswer(Revision, Find(get.Key) is { } found ? ImmutableArray.Create(found.Row) : [], Next: null).Encode(),
        RegisterQuery.Range range => Answer(range).Encode(),
        _ => throw new FormatException("no such query"),
    };

    public ISnapshotView Freeze()
    {
        views++;
        return new View(Revision, FreezeRegisters());
    }

    public void Restore(Stream snapshot)
    {
        try
        {
            Read(snapshot);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"The snapshot holds bytes that are no registers: {e.Message}.", e);
        }
    }

    private void Read(Stream snapshot)
    {
        byDue.Clear();
        Array.ForEach(parts, part => part.Clear());
        var header = new CanonicalReader(SnapshotFrames.Read(snapshot));
        Revision = header.Number();
        var left = header.Number();
        var builder = NoRegisters.ToBuilder();
        while (left > 0)
        {
            var reader = new CanonicalReader(SnapshotFrames.Read(snapshot));
            if (reader.Remaining == 0)
                throw new FormatException("a frame is empty");
            for (; reader.Remaining > 0; left--)
            {
                var register = new Register(RegisterFormat.Text(ref reader), views, new Value(reader.Bytes().ToArray()), reader.Number(), reader.Number());
                if (left == 0 || !builder.Add(register))
                    throw new FormatException("there are more registers than it says, or one is there twice");
                Part(register.Key).Add(register.Key, register);
                if (register.DueMs != ulong.MaxValue)
                    byDue.Add(register);
            }
        }
        registers = builder;
        FreezeRegisters();
    }

    private static ulong DueAt(ulong timeMs, ulong? ttlMs) =>
        ttlMs is { } ttl && ttl < ulong.MaxValue - timeMs ? timeMs + ttl : ulong.MaxValue;

    private Dictionary<string, Register> Part(string key) => parts[(uint)key.GetHashCode(StringComparison.Ordinal) % parts.Length];

    private Register? Find(string key) => Part(key).GetValueOrDefault(key);

    private void Put(Register? current, string key, Value value, ulong version, ulong dueMs)
    {
        if (current?.Views == views)
        {
            // Where it stands in the set is the key's matter alone.
            if (current.DueMs != ulong.MaxValue)
                byDue.Remove(current);
            current.Become(value, version, dueMs);
        }
        else
        {
            if (current is not null)
                Remove(current);
            current = new Register(key, views, value, version, dueMs);
            registers.Add(current);
            Part(key).Add(key, current);
            OnSetChanged();
        }
        if (dueMs != ulong.MaxValue)
            byDue.Add(current);
    }

    private void Remove(Register register)
    {
        registers.Remove(register);
        Part(register.Key).Remove(register.Key);
        OnSetChanged();
        if (register.DueMs != ulong.MaxValue)
            byDue.Remove(register);
    }

    private void OnSetChanged()
    {
        if (++unfrozenChanges >= MaxUnfrozenChanges)
            FreezeRegisters();
    }

    private ImmutableSortedSet<Register> FreezeRegisters()
    {
        unfrozenChanges = 0;
        return registers.ToImmutable();
    }

    private RegisterAnswer Answer(RegisterQuery.Range range)
    {
        var start = range.After is { } after && RegisterKey.ByBytes.Compare(after, range.Prefix) >= 0
            ? FirstAt(after, orAfter: true)
            : FirstAt(range.Prefix, orAfter: false);
        var rows = ImmutableArray.CreateBuilder<RegisterRow>();
        var bytes = 0L;
        for (var i = start; i < registers.Count && registers[i].Key.StartsWith(range.Prefix, StringComparison.Ordinal); i++)
        {
            var register = registers[i];
            bytes += register.Value.Bytes.Length;
            if (rows.Count == range.Limit || (rows.Count > 0 && bytes > RegisterQuery.MaxPageBytes))
                return new RegisterAnswer(Revision, rows.ToImmutable(), rows[^1].Key);
            rows.Add(register.Row);
        }
        return new RegisterAnswer(Revision, rows.ToImmutable(), Next: null);
    }

    private int FirstAt(string key, bool orAfter)
    {
        var index = registers.IndexOf(Register.At(key));
        return index < 0 ? ~index : index + (orAfter ? 1 : 0);
    }

    /// <param name="views">How many views there were when it was made: those hold what was there before, and the later ones it.</param>
    private sealed class Register(string key, ulong views, Value value, ulong version, ulong dueMs)
    {
        public string Key => key;

        public ulong Views => views;

        public Value Value { get; private set; } = value;

        public ulong Version { get; private set; } = version;

        /// <summary>When it goes; <see cref="ulong.MaxValue"/>: never.</summary>
        public ulong DueMs { get; private set; } = dueMs;

        public RegisterRow Row => new(Key, Version, Value);

        /// <summary>Only while no view holds it, and no order by <see cref="DueMs"/>.</summary>
        public void Become(Value value, ulong version, ulong dueMs) => (Value, Version, DueMs) = (value, version, dueMs);

        /// <summary>What is compared with to find the key.</summary>
        public static Register At(string key) => new(key, 0, default, 0, 0);
    }

    private sealed class View(ulong revision, ImmutableSortedSet<Register> registers) : ISnapshotView
    {
        public void Write(Stream snapshot)
        {
            var writer = new CanonicalWriter();
            writer.Number(revision);
            writer.Number((ulong)registers.Count);
            SnapshotFrames.Write(snapshot, writer);
            foreach (var register in registers)
            {
                writer.Text(register.Key);
                writer.Bytes(register.Value.Bytes.Span);
                writer.Number(register.Version);
                writer.Number(register.DueMs);
                if (writer.Written.Length > SnapshotFrames.FrameBytes)
                    SnapshotFrames.Write(snapshot, writer);
            }
            if (writer.Written.Length > 0)
                SnapshotFrames.Write(snapshot, writer);
        }
    }
}
