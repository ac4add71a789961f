using Akka.Actor;
using Akka.Configuration;
using Paxos.Actors.Remoting;

namespace Paxos.Actors.Tests.Remoting;

/// <summary>What follows from one cause runs on one thread, and an actor that blocks holds up nobody else.</summary>
public sealed class ChainSpec : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly ActorSystem system = ActorSystem.Create(
        "chains", ConfigurationFactory.ParseString("akka.loglevel = WARNING").WithFallback(PaxosExtension.RemotingConfig()));

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => system.Terminate();

    [Fact]
    public void Turns_follow_one_another_on_the_thread_in_the_order_in_which_they_were_told()
    {
        var (log, chain) = (new List<string>(), new Chain(isTimed: false));
        var thread = Environment.CurrentManagedThreadId;
        var ran = chain.Run(() =>
        {
            Add("1", () =>
            {
                Add("1.1", () => Add("1.1.1", null));
                Add("1.2", null);
            });
            Add("2", null);
        });
        Assert.True(ran);
        Assert.Null(Chain.Current);
        Assert.Equal(["1", "2", "1.1", "1.2", "1.1.1"], log);

        void Add(string name, Action? then) => Assert.True(chain.TryAdd(new Turn(() =>
        {
            Assert.Equal((thread, chain), (Environment.CurrentManagedThreadId, Chain.Current));
            log.Add(name);
            then?.Invoke();
        })));
    }

    [Fact]
    public void What_takes_its_time_has_its_turn_when_nothing_else_is_left()
    {
        var (log, chain, disk) = (new List<string>(), new Chain(() => { }, isTimed: false), new LastTurns("disk"));
        chain.Run(() =>
        {
            Add("sync", isLast: true, () => Add("reply"));
            Add("sync of another", isLast: true);
            Add("1", then: () => Add("1.1"));
            Add("2");
        });
        Assert.Equal(["1", "2", "1.1", "sync", "reply", "sync of another"], log);

        void Add(string name, bool isLast = false, Action? then = null)
        {
            var turn = new Turn(() =>
            {
                log.Add(name);
                then?.Invoke();
            });
            if (isLast)
                disk.Add(turn);
            else
                chain.TryAdd(turn);
        }
    }

    [Fact]
    public async Task Who_waits_for_a_disk_takes_no_thread_that_cannot_be_spared()
    {
        var (disk, threads) = (new LastTurns("disk"), new List<Task<Thread>>());
        // From outside, from the pool, and behind a turn that broke its chain.
        threads.Add(Waits());
        Chain.Start(new Turn(() => threads.Add(Waits())));
        await Eventually.HoldsAsync(() => threads.Count == 2, () => "the pool ran nothing");
        Task<Thread> third = null!;
        var broken = new Chain(() => { });
        broken.Run(() => broken.TryAdd(new Turn(() =>
        {
            third = Waits();
            broken.Break(broken.Turn);
        })));
        threads.Add(third);
        foreach (var thread in threads)
            Assert.Equal("disk", (await thread.WaitAsync(Bound)).Name);
        disk.End();
        // The dispatcher may be asked for more yet.
        Assert.Equal("disk", (await Waits().WaitAsync(Bound)).Name);

        Task<Thread> Waits()
        {
            var thread = new TaskCompletionSource<Thread>(TaskCreationOptions.RunContinuationsAsynchronously);
            disk.Add(new Turn(() => thread.SetResult(Thread.CurrentThread)));
            return thread.Task;
        }
    }

    [Fact]
    public async Task Where_the_disk_is_slow_the_next_one_waits_elsewhere_and_one_that_waits_for_another_gets_it()
    {
        var (disk, chain) = (new LastTurns("disk"), new Chain(() => { }, isTimed: false));
        using var came = new ManualResetEventSlim();
        var next = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        // A sync that takes its time.
        chain.Run(() => disk.Add(new Turn(() => Thread.Sleep(50))));
        var here = Thread.CurrentThread;
        chain.Run(() => disk.Add(new Turn(() =>
        {
            // On the thread of their own; the other one needs a second.
            disk.Add(new Turn(came.Set));
            next.SetResult(came.Wait(Bound) && Thread.CurrentThread != here ? Thread.CurrentThread.Name : "neither");
        })));
        Assert.Equal("disk", await next.Task.WaitAsync(Bound));
    }

    [Fact]
    public async Task Where_there_is_always_one_more_the_owner_gets_its_thread_back_and_others_go_on()
    {
        var (chain, ran, ended) = (new Chain(), 0, false);
        var elsewhere = new TaskCompletionSource();
        chain.Run(() => chain.TryAdd(new Turn(More)));
        Assert.True(ran > 0);
        await elsewhere.Task.WaitAsync(Bound);
        Volatile.Write(ref ended, true);

        void More()
        {
            if (Volatile.Read(ref ended))
                return;
            if (Chain.Current == chain)
                ran++;
            else
                elsewhere.TrySetResult();
            if (!Chain.Current!.TryAdd(new Turn(More)))
                Chain.Start(new Turn(More));
        }
    }

    [Fact]
    public async Task What_waits_behind_a_turn_that_blocks_goes_on_elsewhere_and_its_owner_is_told()
    {
        using var release = new ManualResetEventSlim();
        var (behind, told, later) = (new TaskCompletionSource<int>(), new TaskCompletionSource(), new TaskCompletionSource<bool>());
        var broken = 0;
        var chain = new Chain(() =>
        {
            broken++;
            told.SetResult();
        });
        var run = Task.Factory.StartNew(
            () => chain.Run(() =>
            {
                chain.TryAdd(new Turn(() =>
                {
                    release.Wait(Bound);
                    later.SetResult(chain.TryAdd(new Turn(() => { })));
                }));
                chain.TryAdd(new Turn(() => behind.SetResult(Environment.CurrentManagedThreadId)));
            }),
            TaskCreationOptions.LongRunning);
        await told.Task.WaitAsync(Bound);
        await behind.Task.WaitAsync(Bound);
        Assert.False(run.IsCompleted);
        release.Set();
        Assert.False(await later.Task.WaitAsync(Bound));
        Assert.False(await run.WaitAsync(Bound));
        Assert.Equal(1, broken);
    }

    [Fact]
    public void What_a_turn_leaves_in_its_context_is_not_the_next_ones()
    {
        var (local, chain, seen) = (new AsyncLocal<string>(), new Chain(isTimed: false), "nothing ran");
        chain.Run(() =>
        {
            chain.TryAdd(new Turn(() => local.Value = "left"));
            chain.TryAdd(new Turn(() => seen = local.Value));
        });
        Assert.Null(seen);
    }

    [Fact]
    public void A_turn_that_has_ended_breaks_nothing()
    {
        var (chain, ran) = (new Chain(() => Assert.Fail("broken"), isTimed: false), 0);
        Assert.True(chain.Run(() =>
        {
            var first = 0L;
            chain.TryAdd(new Turn(() => first = chain.Turn));
            chain.TryAdd(new Turn(() =>
            {
                chain.Break(first);
                ran++;
            }));
        }));
        Assert.Equal(1, ran);
    }

    [Fact]
    public async Task An_actor_is_answered_on_the_thread_that_asked()
    {
        var echo = system.ActorOf(Props.Create(() => new Echo()));
        // A chain that is out of time is gone on with elsewhere, which a busy machine makes of one or another.
        await Eventually.HoldsAsync(
            async () =>
            {
                for (var i = 0; i < 10; i++)
                {
                    var threads = new TaskCompletionSource<(int Asked, int Answered)>();
                    system.ActorOf(Props.Create(() => new Asker(echo, threads))).Tell("begin");
                    var (asked, answered) = await threads.Task.WaitAsync(Bound);
                    if (asked != answered)
                        return false;
                }
                return true;
            },
            () => "of ten in a row some answers came on another thread");
    }

    [Fact]
    public async Task An_actor_that_blocks_for_another_ones_answer_gets_it()
    {
        var echo = system.ActorOf(Props.Create(() => new Echo()));
        Assert.Equal("answer", await system.ActorOf(Props.Create(() => new Blocking(echo))).Ask<string>("ask", Bound));
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(Environment.CurrentManagedThreadId);
    }

    private sealed class Asker(IActorRef echo, TaskCompletionSource<(int, int)> threads) : UntypedActor
    {
        private int asked;

        protected override void OnReceive(object message)
        {
            if (message is int)
            {
                threads.TrySetResult((asked, Environment.CurrentManagedThreadId));
                return;
            }
            asked = Environment.CurrentManagedThreadId;
            echo.Tell(message);
        }
    }

    private sealed class Blocking(IActorRef echo) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            // As nobody should; the echo stands behind this turn in the chain.
#pragma warning disable xUnit1031
            echo.Ask<int>(message, Bound).Wait(Bound);
#pragma warning restore xUnit1031
            Sender.Tell("answer");
        }
    }
}
