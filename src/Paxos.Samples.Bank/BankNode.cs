using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Paxos.Actors;
using Paxos.Actors.StateMachines;

namespace Paxos.Samples.Bank;

/// <summary>
/// One node of the bank in a process of its own, with clients that move money about. It says on its output how far it is, and is
/// told on its input: <c>stop</c>, the clients end; <c>audit</c>, it tells all balances.
/// </summary>
internal sealed class BankNode(IReplicatedMachine<Transfer, long> bank)
{
    private const int Clients = 4;
    private const int MaxAmount = 200;

    // Between two transfers of a client: a node that starts again should find some of the machine free.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private volatile bool isStopping;
    private int done;
    private int refused;
    private int notApplied;
    private int unknown;

    public static async Task RunAsync(string id, string directory, IReadOnlyList<int> ports)
    {
        // The machine is handed in before the start, under the name by which the app asks for it.
        var setup = PaxosSetup.Empty.WithMachine("bank", () => new Bank());
        // That a node was killed is no error here.
        var quiet = new LogFilterBuilder().ExcludeMessageContaining("Disassociated").Build();
        using var system = ActorSystem.Create("bank", BootstrapSetup.Create().WithConfig(Settings(id, directory, ports)).And(setup).And(quiet));
        var bank = PaxosExtension.For(system).StateMachine<Transfer, long>("bank");
        await new BankNode(bank).WorkAsync();
        await system.Terminate();
    }

    private async Task WorkAsync()
    {
        var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(TransferAsync)).ToArray();
        // The end of the input: whoever started this node is gone.
        while (await Console.In.ReadLineAsync() is { } order)
        {
            isStopping = true;
            await Task.WhenAll(clients);
            if (order == "audit")
                await AuditAsync();
            else
                Say($"stopped: {done} transfers done, {refused} refused for lack of money, {notApplied} not applied, {unknown} unknown");
        }
        isStopping = true;
        await Task.WhenAll(clients);
    }

    private async Task TransferAsync()
    {
        while (!isStopping)
        {
            var transfer = new Transfer(Bank.AnyName(Random.Shared), Bank.AnyName(Random.Shared), Random.Shared.Next(1, MaxAmount));
            try
            {
                await bank.ApplyAsync(transfer);
                Say(string.Create(CultureInfo.InvariantCulture, $"done {Interlocked.Increment(ref done)}"));
            }
            catch (CommandFailedException)
            {
                // The machine's own answer, and the same on every node: there was not enough money.
                Interlocked.Increment(ref refused);
            }
            catch (OutcomeUnknownException)
            {
                // It may have happened, or may still: once or not at all, so the sum is what it was. Who must know asks the bank, or
                // gives each transfer an idempotency key and asks for the same one again.
                Interlocked.Increment(ref unknown);
            }
            catch (PaxosException)
            {
                // Certainly not applied: nobody leads for a moment, or this node has just started. Another one.
                Interlocked.Increment(ref notApplied);
            }
            await Task.Delay(Pause);
        }
    }

    private async Task AuditAsync()
    {
        try
        {
            // Linearizable: it sees every transfer that was acknowledged, on whichever node.
            var balances = await bank.QueryAsync((Bank bank) => bank.Balances);
            Say($"audit {string.Join(' ', balances.Select(account => string.Create(CultureInfo.InvariantCulture, $"{account.Key}={account.Value}")))}");
        }
        catch (NotAppliedException e)
        {
            Say($"no audit: {e.Message}");
        }
    }

    private static void Say(string what) => Console.WriteLine($"bank: {what}");

    private static Config Settings(string id, string directory, IReadOnlyList<int> ports) => ConfigurationFactory.ParseString($$"""
        akka {
          # Remoting warns at each try of a node that is down.
          loglevel = ERROR
          stdout-loglevel = ERROR
          actor.provider = remote
          remote.dot-netty.tcp {
            hostname = "127.0.0.1"
            port = {{ports[id[0] - 'a']}}
          }
        }
        paxos {
          node = {{id}}
          bootstrap = on
          data-dir = "{{directory}}/{{id}}"
          # Soon enough that the sample's short run sees snapshots, and restarts from them.
          log.snapshot-every-slots = 200
          log.retain-slots = 100
          {{string.Join('\n', ports.Select((port, i) => $"members.{(char)('a' + i)}.address = \"127.0.0.1:{port}\""))}}
        }
        """).WithFallback(PaxosExtension.RemotingConfig());
}
