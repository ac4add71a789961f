using System.Security.Cryptography;
using System.Text;
using Paxos.Actors.Registers;
using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Histories;

/// <summary>
/// What clients asked of registers and were told, and when: so that a spec can check that it was linearizable, whatever failed in
/// between. It keeps at most <see cref="MaxOperations"/>; a long spec checks, then clears it while nothing is under way and
/// goes on with other keys.
/// </summary>
/// <remarks>
/// Any thread may call it. The check has no model for times to live and idempotency keys: a register that was written with one is
/// not checked, and <see cref="NotChecked"/> names it. Local reads, ranges and watches are not recorded. All writes to a register
/// that is recorded must be.
/// </remarks>
public sealed class RecordedHistory
{
    /// <summary>In all.</summary>
    public const int MaxOperations = 20_000;

    /// <summary>On one register: the check's work grows with the square.</summary>
    public const int MaxOperationsOfAKey = 2_000;

    // Of longer values a digest is kept.
    private const int MaxValueLength = 48;

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, List<RegisterOperation>> byKey = new(StringComparer.Ordinal);
    private readonly SortedSet<string> notChecked = new(StringComparer.Ordinal);
    private readonly long start = TimeProvider.System.GetTimestamp();
    private int last;

    /// <summary>How many operations it has.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return byKey.Values.Sum(operations => operations.Count);
        }
    }

    /// <summary>Registers that were written in a way of which the check knows nothing.</summary>
    public IReadOnlyCollection<string> NotChecked
    {
        get
        {
            lock (gate)
                return [.. notChecked];
        }
    }

    private long NowUs => (long)TimeProvider.System.GetElapsedTime(start).TotalMicroseconds;

    /// <summary>The same registers, and what is asked and answered is recorded here.</summary>
    /// <param name="client">A name for the messages.</param>
    public RecordedRegisters Record(IRegisterStore registers, string client) => new(this, registers, client);

    /// <summary>
    /// There is an order of all operations on each register that explains what every client was told, and in which each takes place
    /// between its call and its answer. What was never answered may have taken place at any time since, or never.
    /// </summary>
    /// <exception cref="SpecFailedException">
    /// There is none: the message names the first answer that fits no order, and what came before it. Or so much went on at once that
    /// the search was given up: it says so.
    /// </exception>
    public void AssertLinearizable()
    {
        List<(string Key, RegisterOperation[] Operations)> histories = [];
        lock (gate)
        {
            foreach (var (key, operations) in byKey)
            {
                if (!notChecked.Contains(key))
                    histories.Add((key, [.. operations.Select(operation => operation with { })]));
            }
        }
        foreach (var (key, operations) in histories)
        {
            if (FirstProblem.Of(operations) is { } problem)
                throw new SpecFailedException($"Register '{key}': {problem}");
        }
    }

    /// <summary>Forgets all. A register that is used again begins with what nobody wrote: use other keys from here on.</summary>
    public void Clear()
    {
        lock (gate)
        {
            byKey.Clear();
            notChecked.Clear();
        }
    }

    internal RegisterOperation Begin(string client, string key, RegisterAction action, ReadOnlyMemory<byte>? value = null, ulong? condition = null)
    {
        lock (gate)
        {
            if (!byKey.TryGetValue(key, out var operations))
                byKey.Add(key, operations = []);
            if (operations.Count >= MaxOperationsOfAKey || byKey.Values.Sum(of => of.Count) >= MaxOperations)
            {
                throw new InvalidOperationException(
                    $"The history is full: it has {operations.Count} operations on '{key}', of {MaxOperationsOfAKey}, and takes {MaxOperations} in "
                    + "all. Check it and clear it, and go on with other keys.");
            }
            var operation = new RegisterOperation(++last, key, action)
            {
                Client = client,
                Value = value is { } bytes ? Text(bytes) : null,
                Condition = condition,
                InvokedUs = NowUs,
            };
            operations.Add(operation);
            return operation;
        }
    }

    internal void Return(RegisterOperation operation, RegisterItem? item)
    {
        lock (gate)
        {
            operation.ReturnedUs = NowUs;
            (operation.Read, operation.Version) = item is null ? (null, 0) : (Text(item.Value), item.Version);
        }
    }

    internal void Return(RegisterOperation operation, Written written)
    {
        lock (gate)
        {
            operation.ReturnedUs = NowUs;
            (operation.Happened, operation.Created, operation.Version) = (written.Happened, written.Created, written.Version);
        }
    }

    /// <summary>It certainly did not take place, and nothing was told.</summary>
    internal void Withdraw(RegisterOperation operation)
    {
        lock (gate)
        {
            if (byKey.TryGetValue(operation.Key, out var operations))
                operations.RemoveAll(other => ReferenceEquals(other, operation));
        }
    }

    internal void LeaveOut(string key)
    {
        lock (gate)
            notChecked.Add(key);
    }

    private static string Text(ReadOnlyMemory<byte> value)
    {
        if (value.Length <= MaxValueLength)
        {
            // Two values are never the same text.
            var text = Encoding.UTF8.GetString(value.Span);
            return Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(value.Span) ? $"'{text}'" : Convert.ToHexString(value.Span);
        }
        return $"{value.Length} bytes with SHA-256 {Convert.ToHexString(SHA256.HashData(value.Span))}";
    }
}
