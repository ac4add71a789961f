using System.Collections.Immutable;
using Paxos.Fuzzing;
using Paxos.Protocol.Log;
using Paxos.Protocol.Registers;
using Paxos.Protocol.Tests.Log;

namespace Paxos.Protocol.Tests;

/// <summary>The core's own byte forms, fed with what no writer of theirs wrote: a value, or a FormatException.</summary>
public sealed class CodecFuzzTests
{
    private const int Rounds = 5_000;

    private static readonly NodeId A = new("a");
    private static readonly Type[] Refusals = [typeof(FormatException)];

    private static readonly Configuration Two =
        new(3, [new Member(A, new Incarnation(1)), new Member(new NodeId("b"), new Incarnation(UInt128.MaxValue))], [new Member(new NodeId("c"), default)]);

    private static readonly Command[] Commands =
    [
        new Command.Open(UInt128.MaxValue / 3),
        new Command.KeepAlive(300),
        new Command.Close(7),
        new Command.Apply(1, 200, 70_000, Value.FromUtf8("blue")),
        new Command.Keyed("schlüssel", Value.FromUtf8("green")),
    ];

    [Fact]
    public void Bytes_are_a_batch_or_a_format_exception() => Check(
        Batch.Decode,
        batch => batch.Encode(),
        new Batch(new Ballot(4, A), 5, 6, default),
        new Batch(new Ballot(4, A), 5_000_000, 1_700_000_000_000, Commands.Select(command => command.Encode()).ToImmutableArray()));

    [Fact]
    public void Bytes_are_a_configuration_or_a_format_exception() => Check(
        Configuration.Decode,
        configuration => configuration.Encode(),
        Two,
        Two.Add(new Member(new NodeId("d"), new Incarnation(4)), "d.example:4053"),
        Two.Promote(new NodeId("c")).Add(new Member(new NodeId("e"), new Incarnation(5)), "[::1]:4053"));

    [Fact]
    public void Bytes_are_a_command_or_nothing()
    {
        var taken = Fuzz.Bytes(
            Rounds, [.. Commands.Select(command => command.Encode().Bytes.ToArray())], bytes => Command.Decode(new Value(bytes)), [], command => command?.Encode().Bytes.ToArray() ?? []);

        Assert.Equal(Fuzz.Rounds(Rounds), taken);
    }

    [Fact]
    public void Bytes_are_a_command_for_registers_or_a_format_exception() => Check(
        RegisterCommand.Decode,
        command => command.Encode(),
        new RegisterCommand.Put("t-shirt/farbe-grün", Value.FromUtf8("blue"), 7, 60_000),
        new RegisterCommand.Put("k", default),
        new RegisterCommand.Delete("k", ulong.MaxValue));

    [Fact]
    public void Bytes_are_a_question_for_registers_or_a_format_exception() => Check(
        RegisterQuery.Decode, query => query.Encode(), new RegisterQuery.Get("k"), new RegisterQuery.Range("prefix/", "prefix/k", 1000), new RegisterQuery.Range("", null, 1));

    [Fact]
    public void Bytes_are_an_answer_about_registers_or_a_format_exception() => Check(
        RegisterAnswer.Decode,
        answer => answer.Encode(),
        new RegisterAnswer(1, default, null),
        new RegisterAnswer(900, ImmutableArray.Create(new RegisterRow("a", 1, Value.FromUtf8("x")), new RegisterRow("b", 899, Value.FromUtf8("y"))), "b"));

    [Fact]
    public void Bytes_are_the_result_of_a_change_or_a_format_exception() =>
        Check(RegisterResult.Decode, result => result.Encode(), new RegisterResult(true, false, 7), new RegisterResult(false, true, ulong.MaxValue));

    [Fact]
    public void Bytes_are_a_change_or_a_format_exception() =>
        Check(RegisterChange.Decode, change => change.Encode(), new RegisterChange(null, 7), new RegisterChange(Value.FromUtf8("blue"), 70_000));

    [Fact]
    public void A_store_of_registers_answers_what_is_no_question_with_a_format_exception() => Fuzz.Bytes(
        Rounds, [new RegisterQuery.Get("k").Encode().Bytes.ToArray(), new RegisterQuery.Range("", "k", 3).Encode().Bytes.ToArray()], bytes => new RegisterStore().Query(new Value(bytes)), Refusals);

    [Fact]
    public void A_store_of_registers_takes_no_command_that_it_did_not_refuse_first()
    {
        var context = new Context(1, 1, 1, 0, 0, 0);

        var taken = Fuzz.Bytes(
            Rounds,
            [ReplicaRig.Put("k", "v").Bytes.ToArray(), ReplicaRig.Put("k/2", "w", 7, 60_000).Bytes.ToArray()],
            bytes =>
            {
                var store = new RegisterStore();
                if (store.Refuse(new Value(bytes)) is null)
                    store.Apply(context, new Value(bytes), new Ignored());
                return store.Count;
            },
            []);

        Assert.Equal(Fuzz.Rounds(Rounds), taken);
    }

    [Theory]
    // A count of members, or of commands, of which five bytes can hold none.
    [InlineData("03ffffffff07")]
    [InlineData("03ffffffff0f")]
    [InlineData("0100ffffffff07ffffffff07ffffffff07")]
    // A number that goes on.
    [InlineData("ffffffffffffffffffffffffffff01")]
    [InlineData("")]
    public void A_length_beyond_the_bytes_is_a_format_exception_and_not_an_array(string hex)
    {
        var bytes = new Value(Convert.FromHexString(hex));

        Assert.Throws<FormatException>(() => Configuration.Decode(bytes));
        Assert.Throws<FormatException>(() => Batch.Decode(bytes));
        Assert.Throws<FormatException>(() => RegisterCommand.Decode(bytes));
        Assert.Throws<FormatException>(() => RegisterAnswer.Decode(bytes));
    }

    private static void Check<T>(Func<Value, T> decode, Func<T, Value> encode, params T[] valid)
    {
        var taken = Fuzz.Bytes(
            Rounds, [.. valid.Select(value => encode(value).Bytes.ToArray())], bytes => decode(new Value(bytes)), Refusals, value => encode(value).Bytes.ToArray());

        // Else it tries the first byte only.
        Assert.InRange(taken, Fuzz.Rounds(Rounds) / 100, Fuzz.Rounds(Rounds) - 1);
    }

    private sealed class Ignored : IOutput
    {
        public void Result(Value value) { }

        public void Notify(string topic, Value notification) { }
    }
}
