using System.Globalization;
using Paxos.Actors.Registers;
using Paxos.Node.Client;

namespace Paxos.Node.Bench;

/// <summary>A client's turn to do one operation.</summary>
/// <param name="Client">Which of the run's, from 0.</param>
/// <param name="Endpoint">The node that the client stays with.</param>
/// <param name="Number">Counts the operations of a run, over its warm-up too: never the same twice.</param>
/// <param name="Started">The timestamp from which its latency counts.</param>
internal readonly record struct BenchTurn(int Client, Uri Endpoint, long Number, long Started);

/// <summary>What the clients of a run do again and again.</summary>
internal interface IBenchOperation
{
    /// <summary>How many operations must be done before the first one can succeed.</summary>
    int Prepared { get; }

    /// <summary>One of them, before the run: the turns count from 0, and each client's first one is that of its own number.</summary>
    Task<Answer> PrepareAsync(BenchTurn turn, CancellationToken ct);

    Task<Answer> RunAsync(BenchTurn turn, CancellationToken ct);

    /// <summary>Whether this is what was asked for.</summary>
    bool IsSuccess(Answer answer);
}

/// <summary>An operation that changes a register, which can be watched.</summary>
internal interface IWriteOperation : IBenchOperation
{
    /// <summary>The register that it changes.</summary>
    /// <returns>For <see cref="BenchKeys.Of"/>.</returns>
    long KeyOf(BenchTurn turn);
}

/// <summary>A fresh name each time: one that is decided already would measure something else.</summary>
internal sealed class DecideOperation(IBenchTarget target, BenchValues values) : IBenchOperation
{
    private readonly string prefix = BenchKeys.NewPrefix();

    public int Prepared => 0;

    public Task<Answer> PrepareAsync(BenchTurn turn, CancellationToken ct) => throw new NotSupportedException("Decisions need nothing before.");

    public Task<Answer> RunAsync(BenchTurn turn, CancellationToken ct) =>
        target.DecideAsync(turn.Endpoint, string.Create(CultureInfo.InvariantCulture, $"{prefix}{turn.Number}"), values.Next(turn.Started), ct);

    public bool IsSuccess(Answer answer) => answer is Answer.Decided { Mine: true };
}

/// <summary>Writes registers, one key after the other and round again.</summary>
internal sealed class WriteOperation(IBenchTarget target, BenchValues values, BenchKeys keys) : IWriteOperation
{
    public int Prepared => 0;

    public Task<Answer> PrepareAsync(BenchTurn turn, CancellationToken ct) => RunAsync(turn, ct);

    public Task<Answer> RunAsync(BenchTurn turn, CancellationToken ct) =>
        target.WriteAsync(turn.Endpoint, keys.Of(KeyOf(turn)), values.Next(turn.Started), Condition.None, ttl: null, ct);

    public bool IsSuccess(Answer answer) => answer is Answer.Written;

    public long KeyOf(BenchTurn turn) => turn.Number;
}

/// <summary>Reads registers that were written before, one key after the other and round again.</summary>
internal sealed class ReadOperation(IBenchTarget target, BenchValues values, BenchKeys keys, Consistency consistency) : IBenchOperation
{
    private readonly WriteOperation write = new(target, values, keys);

    public int Prepared => keys.Count;

    public Task<Answer> PrepareAsync(BenchTurn turn, CancellationToken ct) => write.RunAsync(turn, ct);

    public Task<Answer> RunAsync(BenchTurn turn, CancellationToken ct) =>
        target.ReadAsync(turn.Endpoint, keys.Of(turn.Number), consistency, ct);

    // Of a local read, a node that is behind may not have it yet, and says so: that is its answer.
    public bool IsSuccess(Answer answer) =>
        answer is Answer.Found { Value.Length: var length } ? length == values.SizeBytes : answer is Answer.Absent && consistency == Consistency.Local;
}
