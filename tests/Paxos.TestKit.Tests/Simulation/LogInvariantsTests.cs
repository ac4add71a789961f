using System.Collections.Immutable;
using Paxos.Protocol;
using Paxos.Protocol.Log;
using Paxos.Protocol.MultiPaxos;
using Paxos.Protocol.Registers;
using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Tests.Simulation;

/// <summary>
/// A judge that never complains proves nothing: each invariant of the log is broken here, by a history that breaks no other
/// before it.
/// </summary>
public sealed class LogInvariantsTests
{
    private static readonly Member A = new(new NodeId("a"), default);
    private static readonly Member B = new(new NodeId("b"), default);
    private static readonly Member C = new(new NodeId("c"), default);
    private static readonly Ballot One = new(1, A.Id);
    private static readonly Ballot Two = new(2, B.Id);
    private static readonly Value Blue = new Command.Apply(7, 1, 0, Value.FromUtf8("blue")).Encode();
    private static readonly Value Green = new Command.Apply(7, 2, 0, Value.FromUtf8("green")).Encode();
    private static readonly Entry BlueEntry = Batch(1, 1000, Blue);
    private static readonly Entry GreenEntry = Batch(1, 1000, Green);
    private static readonly LogSettings Settings = new() { SessionTimeout = TimeSpan.FromSeconds(1) };

    private readonly Schedule schedule = new();
    private readonly LogInvariants invariants;
    private readonly MachineJudge machines;
    private readonly RegisterHistory history;

    public LogInvariantsTests()
    {
        invariants = new LogInvariants(new Configuration(1, [A, B, C], []), schedule);
        machines = new MachineJudge(invariants, schedule, Settings, new Marks());
        history = new RegisterHistory(invariants, schedule);
        invariants.Submitted(ImmutableArray.Create(Blue, Green));
    }

    [Fact]
    public void An_honest_history_breaks_nothing()
    {
        schedule.Step(1_000_000);
        Send(A, new Prepare(One, 1));
        Promise(A, One);
        Promise(B, One);
        Choose(1, One, BlueEntry);
        invariants.Applying(A.Id, 1, BlueEntry, after: 0, digest: 1);
        invariants.Applying(B.Id, 1, BlueEntry, after: 0, digest: 1);
        Send(B, new Prepare(Two, 1));
        Promise(C, Two);
        Propose(1, Two, BlueEntry);
        Propose(2, Two, GreenEntry);
        Send(B, new Chosen(Two, 1, 0));
        invariants.ReadConfirmed(B.Id, slot: 1, least: 1);
        Assert.Null(invariants.Broken);
    }

    [Fact]
    public void Two_nodes_that_apply_different_entries_break_agreement()
    {
        Choose(1, One, BlueEntry);
        invariants.Applying(C.Id, 1, GreenEntry, after: 0, digest: 1);
        AssertBroken(LogInvariant.Agreement);
    }

    [Fact]
    public void A_mark_over_what_was_not_proposed_at_its_ballot_breaks_agreement()
    {
        Choose(1, One, BlueEntry);
        Send(B, new Chosen(Two, 1, 1));
        AssertBroken(LogInvariant.Agreement);
    }

    [Fact]
    public void A_command_that_nobody_asked_for_breaks_validity()
    {
        Propose(1, One, Batch(1, 1000, new Command.Apply(7, 3, 0, Value.FromUtf8("red")).Encode()));
        AssertBroken(LogInvariant.Validity);
    }

    [Fact]
    public void A_configuration_that_nobody_asked_for_breaks_validity()
    {
        Propose(1, One, Entry.Of(new Configuration(2, [A, B], [])));
        AssertBroken(LogInvariant.Validity);
    }

    [Fact]
    public void An_accept_below_a_promise_breaks_it_before_the_write_is_done()
    {
        Propose(1, One, BlueEntry);
        Promise(B, Two);
        invariants.Writing(B, new EntryAccepted(One, 1, BlueEntry, 0));
        AssertBroken(LogInvariant.Promise);
    }

    [Fact]
    public void An_accept_below_a_promise_of_the_journal_breaks_it()
    {
        Propose(1, One, BlueEntry);
        invariants.Durable(B, new Promised(Two));
        invariants.Durable(B, new EntryAccepted(One, 1, BlueEntry, 0));
        AssertBroken(LogInvariant.Promise);
    }

    [Fact]
    public void A_trim_that_forgets_the_promise_breaks_it()
    {
        Choose(1, One, BlueEntry);
        invariants.Durable(A, new Promised(Two));
        invariants.Durable(A, new LogTrimmed(1, One, 1));
        AssertBroken(LogInvariant.Promise);
    }

    [Fact]
    public void Two_entries_at_one_ballot_break_one_value_a_ballot()
    {
        Propose(1, One, BlueEntry);
        Propose(1, One, GreenEntry);
        AssertBroken(LogInvariant.OneValueABallot);
    }

    [Fact]
    public void Another_entry_above_a_chosen_one_breaks_chosen_stays_chosen()
    {
        Choose(1, One, BlueEntry);
        Propose(1, Two, GreenEntry);
        AssertBroken(LogInvariant.ChosenStaysChosen);
    }

    [Fact]
    public void A_ballot_of_before_a_restart_is_not_used_again()
    {
        invariants.Sent(Proposer(A), A, life: 1, new Prepare(One, 1));
        invariants.Sent(Proposer(A), A, life: 2, new Prepare(One, 1));
        AssertBroken(LogInvariant.BallotsAreNotReused);
    }

    [Fact]
    public void Nobody_uses_the_ballot_of_another()
    {
        Send(B, new Prepare(One, 1));
        AssertBroken(LogInvariant.BallotsAreNotReused);
    }

    [Fact]
    public void Two_incarnations_do_not_propose_at_one_ballot()
    {
        Propose(1, One, BlueEntry);
        var other = A with { Incarnation = new Incarnation(1) };
        invariants.Sent(Proposer(other), other, life: 1, new Accept(One, 2, GreenEntry, 1, 0));
        AssertBroken(LogInvariant.BallotsAreNotReused);
    }

    [Fact]
    public void A_gap_breaks_the_prefix()
    {
        Choose(1, One, BlueEntry);
        Choose(2, One, GreenEntry);
        invariants.Applying(A.Id, 2, GreenEntry, after: 0, digest: 1);
        AssertBroken(LogInvariant.Prefix);
    }

    [Fact]
    public void Two_states_after_one_slot_break_the_prefix()
    {
        invariants.CheckState(A.Id, 1, digest: 1);
        invariants.CheckState(B.Id, 1, digest: 2);
        AssertBroken(LogInvariant.Prefix);
    }

    [Fact]
    public void Two_snapshots_of_one_slot_break_the_prefix()
    {
        machines.Frozen("a", 1, [1, 2]);
        machines.Frozen("b", 1, [1, 3]);
        AssertBroken(LogInvariant.Prefix);
    }

    [Fact]
    public void What_is_applied_from_one_journal_alone_is_not_durable()
    {
        Propose(1, One, BlueEntry);
        invariants.Durable(A, new EntryAccepted(One, 1, BlueEntry, 0));
        invariants.Applying(A.Id, 1, BlueEntry, after: 0, digest: 1);
        AssertBroken(LogInvariant.AcknowledgedIsDurable);
    }

    [Fact]
    public void The_journal_of_another_incarnation_makes_no_quorum()
    {
        Propose(1, One, BlueEntry);
        invariants.Durable(A, new EntryAccepted(One, 1, BlueEntry, 0));
        invariants.Durable(B with { Incarnation = new Incarnation(1) }, new EntryAccepted(One, 1, BlueEntry, 0));
        Send(A, new Learned(1));
        AssertBroken(LogInvariant.AcknowledgedIsDurable);
    }

    [Fact]
    public void A_read_below_what_was_learned_before_it_is_not_linearizable()
    {
        invariants.ReadConfirmed(A.Id, slot: 0, least: 1);
        AssertBroken(LogInvariant.Linearizable);
    }

    [Fact]
    public void What_was_refused_is_not_proposed()
    {
        invariants.Refused(ImmutableArray.Create(Blue));
        Propose(1, One, BlueEntry);
        AssertBroken(LogInvariant.RefusedIsNotProposed);
    }

    [Fact]
    public void What_was_proposed_is_not_refused()
    {
        Propose(1, One, BlueEntry);
        invariants.Refused(ImmutableArray.Create(Blue));
        AssertBroken(LogInvariant.RefusedIsNotProposed);
    }

    [Fact]
    public void A_command_that_reaches_the_machine_twice_is_not_exactly_once()
    {
        var put = new RegisterCommand.Put("key", Value.FromUtf8("1 by 1")).Encode();
        machines.Applying(put, index: 4);
        machines.Applying(put, index: 4);
        Assert.Null(invariants.Broken);
        machines.Applying(put, index: 5);
        AssertBroken(LogInvariant.ExactlyOnce);
    }

    [Fact]
    public void A_counter_below_what_was_acknowledged_is_not_exactly_once()
    {
        var operation = history.Begin("counter", RegisterAction.Put);
        history.Return(operation, new RegisterResult(Happened: true, Created: true, Version: 1).Encode());
        history.Counted(operation, Outcome.Done);
        history.Check(_ => null);
        AssertBroken(LogInvariant.ExactlyOnce);
    }

    [Fact]
    public void A_counter_above_all_that_may_have_counted_is_not_exactly_once()
    {
        var operation = history.Begin("counter", RegisterAction.Put);
        history.Counted(operation, Outcome.Unknown);
        history.Check(_ => "2 by 1");
        AssertBroken(LogInvariant.ExactlyOnce);
    }

    [Fact]
    public void A_session_that_ends_within_its_time_ends_early()
    {
        Touch(session: 7, atMs: 500);
        schedule.Step(1_400_000);
        machines.SessionClosed(7);
        AssertBroken(LogInvariant.NothingEndsEarly);
    }

    [Fact]
    public void A_session_that_ends_after_its_time_does_not()
    {
        Touch(session: 7, atMs: 500);
        schedule.Step(1_500_000);
        machines.SessionClosed(7);
        Assert.Null(invariants.Broken);
    }

    [Fact]
    public void A_register_that_goes_within_its_time_ends_early()
    {
        machines.Applied(500, [new Notified(1, "t100/1", new RegisterChange(Blue, 1).Encode())]);
        schedule.Step(550_000);
        machines.Applied(550, [new Notified(2, "t100/1", new RegisterChange(null, 2).Encode())]);
        AssertBroken(LogInvariant.NothingEndsEarly);
    }

    [Fact]
    public void More_time_in_the_log_than_has_passed_is_ahead()
    {
        var later = Batch(1, 2000, Green);
        schedule.Step(1_000_000);
        Choose(1, One, BlueEntry);
        invariants.Applying(A.Id, 1, BlueEntry, after: 0, digest: 1);
        Assert.Null(invariants.Broken);
        schedule.Step(1_500_000);
        Choose(2, One, later);
        invariants.Applying(A.Id, 2, later, after: 1, digest: 2);
        AssertBroken(LogInvariant.TimeIsNotAhead);
    }

    [Fact]
    public void A_calm_without_time_breaks_progress()
    {
        var options = new SimulationOptions { Storm = TimeSpan.FromMilliseconds(100), CalmWithin = TimeSpan.FromMilliseconds(1) };
        Assert.Equal(LogInvariant.Progress, LogSimulation.Run(1, options).Broken?.Invariant);
    }

    private static Entry Batch(ulong round, ulong timeMs, Value command) =>
        Entry.Of(new Batch(new Ballot(round, A.Id), timeMs, WallMs: 0, ImmutableArray.Create(command)));

    private static Place Proposer(Member member) => new(member.Id, Role.Proposer);

    private void Send(Member from, Message message) => invariants.Sent(Proposer(from), from, life: 1, message);

    private void Promise(Member acceptor, Ballot ballot)
    {
        invariants.Durable(acceptor, new Promised(ballot));
        invariants.Sent(new Place(acceptor.Id, Role.Acceptor), acceptor, life: 1, new Promise(ballot, 1, default, 0, 0, 0));
    }

    private void Propose(ulong slot, Ballot ballot, Entry entry) =>
        Send(ballot.Node == A.Id ? A : B, new Accept(ballot, slot, entry, 1, 0));

    private void Choose(ulong slot, Ballot ballot, Entry entry)
    {
        Propose(slot, ballot, entry);
        invariants.Durable(A, new EntryAccepted(ballot, slot, entry, 0));
        invariants.Durable(B, new EntryAccepted(ballot, slot, entry, 0));
    }

    private void Touch(ulong session, ulong atMs) =>
        machines.Applied(atMs, [new Completed(new CommandId(0, session, 1, null), default)]);

    private void AssertBroken(LogInvariant invariant)
    {
        Assert.NotNull(invariants.Broken);
        Assert.Equal(invariant, invariants.Broken.Invariant);
    }
}
