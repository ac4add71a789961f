using Paxos.Actors.Clients;
using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Tests.Clients;

/// <summary>The exceptions of calls, to the app and back.</summary>
public sealed class CallFailureTests
{
    private static readonly Exception[] Told =
    [
        new ArgumentException("why"),
        new OutcomeUnknownException("why"),
        new SessionExpiredException("why"),
        new KeyConflictException("why"),
        new CommandFailedException("why"),
        new WatchLostException(),
        .. Enum.GetValues<NotAppliedReason>().Select(reason => new NotAppliedException(reason, "why")),
    ];

    [Fact]
    public void Each_comes_back_as_it_was()
    {
        foreach (var failure in Told)
        {
            var back = CallFailure.FromProto(Proto.CallFailed.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(CallFailure.ToProto(failure))));
            Assert.Equal((failure.GetType(), failure.Message), (back.GetType(), back.Message));
            Assert.Equal((failure as NotAppliedException)?.Reason, (back as NotAppliedException)?.Reason);
        }
    }

    // Of these a call has none: they are of members and of settings.
    [Fact]
    public void Every_exception_that_a_call_may_throw_is_tried() => Assert.Equal(
        [typeof(MembershipRefusedException), typeof(PaxosConfigurationException)],
        typeof(PaxosException).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(PaxosException)))
            .Except(Told.Select(failure => failure.GetType()))
            .OrderBy(type => type.Name, StringComparer.Ordinal));

    [Fact]
    public void The_numbers_are_for_ever() =>
        Assert.Equal([1u, 2u, 3u, 4u, 5u, 6u, 100u, 101u, 102u, 103u], Told.Select(failure => CallFailure.ToProto(failure).Failure));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(99)]
    [InlineData(104)]
    [InlineData(uint.MaxValue)]
    public void A_number_of_a_later_version_says_nothing_of_the_outcome(uint number) =>
        Assert.IsType<OutcomeUnknownException>(CallFailure.FromProto(new Proto.CallFailed { Failure = number, Message = "why" }));

    [Fact]
    public void What_is_no_exception_of_a_call_says_nothing_of_the_outcome()
    {
        foreach (var failure in (Exception[])[new InvalidOperationException("why"), new OperationCanceledException("why"), new TimeoutException("why")])
            Assert.IsType<OutcomeUnknownException>(CallFailure.FromProto(CallFailure.ToProto(failure)));
        Assert.IsType<ArgumentException>(CallFailure.FromProto(CallFailure.ToProto(new FormatException("why"))));
    }
}
