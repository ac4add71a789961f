using System.Globalization;
using Paxos.Protocol;
using Paxos.Protocol.Registers;
using Paxos.TestKit.Simulation.Banking;

namespace Paxos.TestKit.Simulation;

/// <summary>
/// An application that moves money and uses registers: counts by compare-and-set, writes, deletes, reads, lets keys expire, and asks again at
/// another node under the same idempotency key where it was not told how a call ended. One call at a time.
/// </summary>
internal sealed class Caller(int number, LogSimulation world)
{
    // So that no register's history becomes too long to be searched.
    private const long KeyForUs = 500_000;
    private const int MaxTries = 3;
    private readonly Random random = world.Random;

    public void Begin() => world.Schedule.In(Pause(), Call);

    /// <summary>Writes once through this node, until it is done.</summary>
    public static void Write(LogSimulation world, SimulatedNode node, Action done)
    {
        var operation = world.History.Begin($"last/{node.Id}", RegisterAction.Put);
        node.Front!.Submit(new RegisterCommand.Put(operation.Key, Text(operation)).Encode(), null, (outcome, value) =>
        {
            Record(world, operation, outcome, value);
            if (outcome == Outcome.Done)
                done();
        });
    }

    /// <summary>Reads once through this node.</summary>
    public static void Read(LogSimulation world, SimulatedNode node, Action done) =>
        Read(world, node, $"last/{node.Id}", (outcome, _) =>
        {
            if (outcome == Outcome.Done)
                done();
        });

    private void Call()
    {
        if (world.IsCalm)
            return;
        var node = Node();
        if (node is null)
        {
            Next();
            return;
        }
        switch (random.Next(11))
        {
            case 0 or 1:
                Read(node, Key('r'), (_, _) => Next());
                break;
            case 2:
                Submit(node, world.History.Begin(Key('r'), RegisterAction.Put));
                break;
            case 3:
                Submit(node, world.History.Begin(Key('r'), RegisterAction.Delete));
                break;
            case 4:
                Submit(node, world.History.Begin(Key('r'), RegisterAction.Put, condition: 0));
                break;
            case 5:
                SubmitKeyed(node, world.History.Begin(Key('r'), RegisterAction.Put), 1);
                break;
            case 6:
                var ttl = (ulong)random.Next(20, 600);
                Put(node, world.History.Begin($"{MachineJudge.Expiring}{ttl}/{number}", RegisterAction.Put), ttl);
                break;
            case 7:
                Transfer(node);
                break;
            default:
                Count(node);
                break;
        }
    }

    private void Count(SimulatedNode node) => Read(node, Key('c'), (outcome, read) =>
    {
        if (outcome != Outcome.Done || !node.IsUp || node.Front is null)
        {
            Next();
            return;
        }
        var operation = world.History.Begin(read.Key, RegisterAction.Put, read.Version, counts: read.Read);
        node.Front.Submit(Command(operation).Encode(), null, (ended, value) =>
        {
            Record(world, operation, ended, value);
            world.History.Counted(operation, ended);
            Next();
        });
    });

    private void Read(SimulatedNode node, string key, Action<Outcome, RegisterOperation> ended) => Read(world, node, key, ended);

    private static void Read(LogSimulation world, SimulatedNode node, string key, Action<Outcome, RegisterOperation> ended)
    {
        var operation = world.History.Begin(key, RegisterAction.Get);
        node.Front!.Read(key, (outcome, value) =>
        {
            Record(world, operation, outcome, value);
            ended(outcome, operation);
        });
    }

    private void Submit(SimulatedNode node, RegisterOperation operation) => node.Front!.Submit(Command(operation).Encode(), null, (outcome, value) =>
    {
        Record(world, operation, outcome, value);
        Next();
    });

    private void Put(SimulatedNode node, RegisterOperation operation, ulong ttlMs) =>
        node.Front!.Submit(new RegisterCommand.Put(operation.Key, Text(operation), null, ttlMs).Encode(), null, (_, _) => Next());

    private void Transfer(SimulatedNode node)
    {
        var from = random.Next(Bank.Accounts);
        var to = (from + random.Next(1, Bank.Accounts)) % Bank.Accounts;
        var transfer = new Transfer(world.Bank.NextNumber(), from, to, (ulong)random.Next(1, 100));
        node.Front!.Submit(TwoMachines.Encode(transfer), null, (outcome, value) =>
        {
            world.Bank.Told(transfer, outcome, value);
            Next();
        });
    }

    private void SubmitKeyed(SimulatedNode node, RegisterOperation operation, int tries)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"key {operation.Number}");
        node.Front!.Submit(Command(operation).Encode(), key, (outcome, value) =>
        {
            if (outcome == Outcome.Unknown && tries < MaxTries && !world.IsCalm)
            {
                world.Schedule.In(Pause(), () => Again(operation, tries));
                return;
            }
            // Where an earlier try may have been applied this one's refusal says nothing of it.
            Record(world, operation, outcome == Outcome.NotApplied && tries > 1 ? Outcome.Unknown : outcome, value);
            world.Marks.Hit(tries > 1 && outcome == Outcome.Done, LogMarks.AskedAgain);
            Next();
        });
    }

    private void Again(RegisterOperation operation, int tries)
    {
        if (Node() is { } other)
            SubmitKeyed(other, operation, tries + 1);
        else
            Next();
    }

    private static void Record(LogSimulation world, RegisterOperation operation, Outcome outcome, Value value)
    {
        if (outcome == Outcome.Done)
            world.History.Return(operation, value);
        else if (outcome == Outcome.NotApplied)
            world.History.Withdraw(operation);
    }

    private static RegisterCommand Command(RegisterOperation operation) => operation.Action == RegisterAction.Delete
        ? new RegisterCommand.Delete(operation.Key, operation.Condition)
        : new RegisterCommand.Put(operation.Key, Text(operation), operation.Condition);

    private static Value Text(RegisterOperation operation) => Value.FromUtf8(operation.Value!);

    private SimulatedNode? Node()
    {
        var up = world.Nodes.FindAll(node => node.Front is not null && !node.IsPaused);
        return up.Count == 0 ? null : up[random.Next(up.Count)];
    }

    private string Key(char kind) => string.Create(
        CultureInfo.InvariantCulture, $"{kind}{random.Next(2)}/{world.Schedule.NowUs / KeyForUs}");

    private void Next() => world.Schedule.In(Pause(), Call);

    private long Pause() => (long)(world.Options.CallEvery.TotalMicroseconds * world.Options.Callers * 2 * random.NextDouble());
}
