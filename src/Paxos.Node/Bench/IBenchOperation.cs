using System.Globalization;
using System.Text;
using Paxos.Actors.Registers;
using Paxos.Node.Client;

namespace Paxos.Node.Bench;

/// <summary>What the clients of a run do again and again.</summary>
internal interface IBenchOperation
{
    /// <summary>How many operations must be done before the first one can succeed.</summary>
    int PreparedKeys { get; }

    /// <summary>One of them, before the run: <paramref name="n"/> counts from 0.</summary>
    Task<Answer> PrepareAsync(Uri endpoint, long n, CancellationToken ct);

    /// <param name="n">Counts the operations of a run, over its warm-up too: never the same twice.</param>
    Task<Answer> RunAsync(Uri endpoint, long n, CancellationToken ct);

    /// <summary>Whether this is what was asked for.</summary>
    bool IsSuccess(Answer answer);
}

/// <summary>A fresh name each time: one that is decided already would measure something else.</summary>
internal sealed class DecideOperation(IBenchTarget target, byte[] value) : IBenchOperation
{
    private readonly string run = Guid.NewGuid().ToString("N")[..12];

    public int PreparedKeys => 0;

    public Task<Answer> PrepareAsync(Uri endpoint, long n, CancellationToken ct) => throw new NotSupportedException("Decisions need nothing before.");

    public Task<Answer> RunAsync(Uri endpoint, long n, CancellationToken ct) =>
        target.DecideAsync(endpoint, string.Create(CultureInfo.InvariantCulture, $"bench/{run}/{n}"), value, ct);

    public bool IsSuccess(Answer answer) => answer is Answer.Decided { Mine: true };
}

/// <summary>Writes registers, one key after the other and round again.</summary>
internal sealed class WriteOperation(IBenchTarget target, byte[] value, int keys) : IBenchOperation
{
    public int PreparedKeys => 0;

    public Task<Answer> PrepareAsync(Uri endpoint, long n, CancellationToken ct) => RunAsync(endpoint, n, ct);

    public Task<Answer> RunAsync(Uri endpoint, long n, CancellationToken ct) =>
        target.WriteAsync(endpoint, BenchKeys.Of(n, keys), value, ct);

    public bool IsSuccess(Answer answer) => answer is Answer.Written;
}

/// <summary>Reads registers that were written before, one key after the other and round again.</summary>
internal sealed class ReadOperation(IBenchTarget target, byte[] value, int keys, Consistency consistency) : IBenchOperation
{
    private readonly WriteOperation write = new(target, value, keys);

    public int PreparedKeys => keys;

    public Task<Answer> PrepareAsync(Uri endpoint, long n, CancellationToken ct) => write.RunAsync(endpoint, n, ct);

    public Task<Answer> RunAsync(Uri endpoint, long n, CancellationToken ct) =>
        target.ReadAsync(endpoint, BenchKeys.Of(n, keys), consistency, ct);

    // Of a local read, a node that is behind may not have it yet, and says so: that is its answer.
    public bool IsSuccess(Answer answer) =>
        answer is Answer.Found { Value.Length: var length } ? length == value.Length : answer is Answer.Absent && consistency == Consistency.Local;
}

/// <summary>The registers that a run uses.</summary>
internal static class BenchKeys
{
    public static string Of(long n, int keys) => string.Create(CultureInfo.InvariantCulture, $"bench/{n % keys}");

    public static byte[] Value(int sizeBytes) => Encoding.ASCII.GetBytes(new string('x', sizeBytes));
}
