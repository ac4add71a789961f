using System.Diagnostics;
using System.Diagnostics.Metrics;
using Akka.Configuration;
using Paxos.Actors.Metrics;
using Paxos.Actors.Roles;
using Paxos.Protocol;
using Paxos.Protocol.MultiPaxos;

namespace Paxos.Actors.Tests;

/// <summary>Which slots are measured, and which can't be.</summary>
public sealed class StageTimesTests : IDisposable
{
    private static readonly Ballot One = new(1, new NodeId("a"));
    private static readonly Ballot Two = new(2, new NodeId("a"));

    private readonly MeterListener listener = new();
    private readonly List<string> measured = [];
    private readonly PaxosMeter meter;
    private readonly StageTimes times;

    public StageTimesTests()
    {
        var cluster = $"stages-{Guid.NewGuid():N}";
        var settings = new PaxosSettings(ConfigurationFactory.ParseString($$"""
            paxos { cluster = "{{cluster}}", node = "a", members { a { address = "127.0.0.1:4053" } } }
            """).WithFallback(PaxosExtension.DefaultConfig()).GetConfig("paxos"));
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "paxos.log.stage.duration" && instrument.Meter.Tags!.Any(tag => Equals(tag.Value, cluster)))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            Assert.InRange(seconds, 0, 600);
            measured.Add(tags.ToArray().Single(tag => tag.Key == "stage").Value!.ToString()!);
        });
        listener.Start();
        meter = new PaxosMeter(settings, new StatusBoard(settings, TimeProvider.System));
        times = new StageTimes(meter, GroupId.Default);
    }

    public void Dispose()
    {
        listener.Dispose();
        meter.Dispose();
    }

    [Fact]
    public void A_slot_is_measured_once_in_each_stage()
    {
        times.Submitted();
        times.Submitted();
        Says(Accept(One, 5, chosen: 4));
        Assert.Equal(["queue"], Measured());
        // Said again.
        Says(Accept(One, 5, chosen: 4));
        Assert.Empty(Measured());
        // Nothing waited.
        Says(Accept(One, 6, chosen: 4));
        Assert.Empty(Measured());
        Says(Accept(One, 7, chosen: 5));
        Says(new Chosen(One, 5, 7));
        Says(new Chosen(One, 5, 7));
        Assert.Equal(["quorum", "quorum", "quorum"], Measured());
        times.Applied(6);
        Assert.Equal(["apply"], Measured());
        times.Completed(Stopwatch.GetTimestamp());
        Assert.Equal(["call"], Measured());
    }

    [Fact]
    public void What_this_node_did_not_propose_or_at_an_earlier_ballot_is_not_measured()
    {
        times.Applied(3);
        times.Submitted();
        Says(Accept(One, 5, chosen: 4));
        Assert.Equal(["queue"], Measured());
        Says(Accept(Two, 9, chosen: 8));
        times.Applied(5);
        times.Applied(8);
        Assert.Empty(Measured());
        Says(new Chosen(Two, 9, 9));
        times.Applied(9);
        Assert.Equal(["quorum", "apply"], Measured());
        // A slot in the same place of the memory, and a leap that is longer than it.
        times.Applied(9 + 1024);
        Says(new Chosen(Two, 9, ulong.MaxValue - 1));
        Assert.Empty(Measured());
    }

    private void Says(Message message) => times.Says(message);

    private static Accept Accept(Ballot ballot, ulong slot, ulong chosen) => new(ballot, slot, Protocol.Log.Entry.NoOp, First: 5, chosen);

    private string[] Measured()
    {
        var now = measured.ToArray();
        measured.Clear();
        return now;
    }
}
