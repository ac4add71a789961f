using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Paxos.Fuzzing;

/// <summary>
/// Throws inputs at a parser. Each ends in a value or in a refusal that the parser's docs name, soon, and without more memory than
/// the input is worth. <c>PAXOS_FUZZ=100</c> makes a hundred times the rounds.
/// </summary>
internal static class Fuzz
{
    /// <summary>An input may make its parser allocate so many bytes, and so many for each of its own.</summary>
    public const long BytesOfItsOwn = 512 * 1024;
    public const long BytesAByte = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly int Times =
        int.TryParse(Environment.GetEnvironmentVariable("PAXOS_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var times) && times > 0 ? times : 1;

    public static int Rounds(int rounds) => checked(rounds * Times);

    /// <param name="parse">What is tried.</param>
    /// <param name="refusals">The exceptions that it may throw: exactly these types.</param>
    /// <param name="write">Its counterpart: what it writes of a value reads as an equal one. Null: there is none.</param>
    /// <returns>How many inputs were taken.</returns>
    public static int Bytes<T>(int rounds, IReadOnlyList<byte[]> valid, Func<byte[], T> parse, Type[] refusals, Func<T, byte[]>? write = null)
    {
        foreach (var input in valid)
            CheckWritten(parse(input), parse, write);
        return Run(rounds, mutator => mutator.Bytes(valid), input => (input.Length * BytesAByte) + BytesOfItsOwn, Convert.ToHexStringLower, input =>
            TryParse(parse, input, refusals, write));
    }

    /// <inheritdoc cref="Bytes"/>
    public static int Text<T>(
        int rounds,
        IReadOnlyList<string> valid,
        IReadOnlyList<string> words,
        Func<string, T> parse,
        Type[] refusals,
        Func<T, string>? write = null,
        long bytesOfItsOwn = BytesOfItsOwn)
    {
        foreach (var input in valid)
            CheckWritten(parse(input), parse, write);
        return Run(rounds, mutator => mutator.Text(valid, words), input => (2L * input.Length * BytesAByte) + bytesOfItsOwn, input => input, input =>
            TryParse(parse, input, refusals, write));
    }

    // The bytes are counted up to the value: what is done with it is the test's.
    private static (bool IsTaken, long Allocated) TryParse<TInput, T>(Func<TInput, T> parse, TInput input, Type[] refusals, Func<T, TInput>? write)
    {
        T value;
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            value = parse(input);
        }
        catch (Exception e) when (refusals.Contains(e.GetType()))
        {
            return (false, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        CheckWritten(value, parse, write);
        return (true, allocated);
    }

    private static void CheckWritten<TInput, T>(T value, Func<TInput, T> parse, Func<T, TInput>? write)
    {
        if (write is not null)
            Assert.Equal(value, parse(write(value)));
    }

    // On a thread of its own, so that a loop without an end is a failed test with its input, and not a run that hangs.
    private static int Run<TInput>(int rounds, Func<Mutator, TInput> draw, Func<TInput, long> limit, Func<TInput, string> show, Func<TInput, (bool IsTaken, long Allocated)> tryParse)
    {
        var taken = 0;
        var current = "";
        ExceptionDispatchInfo? failed = null;
        var thread = new Thread(() =>
        {
            try
            {
                for (var seed = 0; seed < Rounds(rounds); seed++)
                {
                    var input = draw(new Mutator(seed));
                    current = $"seed {seed}: {show(input)}";
                    var (isValue, allocated) = tryParse(input);
                    taken += isValue ? 1 : 0;
                    if (allocated > limit(input))
                        Assert.Fail($"{allocated} bytes were allocated, where {limit(input)} are enough");
                }
            }
            catch (Exception e)
            {
                failed = ExceptionDispatchInfo.Capture(new InvalidOperationException($"{e.GetType().Name} with {Shortened(current)}", e));
            }
        })
        { IsBackground = true };
        thread.Start();
        if (!thread.Join(Patience * Times))
            Assert.Fail($"It does not end, with {Shortened(current)}");
        failed?.Throw();
        return taken;
    }

    private static string Shortened(string text) => text.Length > 4000 ? text[..4000] + "..." : text;
}
