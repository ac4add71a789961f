namespace Paxos.Protocol.Log;

/// <summary>A command that waits for its outcome, and what is known of the copies of it that left this node.</summary>
internal sealed class ClientCall(ulong order, Value payload, string? key)
{
    public ulong Order { get; } = order;

    public Value Payload { get; } = payload;

    /// <summary>Null: a command of the session.</summary>
    public string? Key { get; } = key;

    /// <summary>Who is told: several where they gave the same key and the same payload.</summary>
    public List<ulong> CallIds { get; } = new(1);

    /// <summary>The command as it is sent; null: it has no number yet.</summary>
    public Value? Encoded { get; private set; }

    public CommandId Id { get; private set; }

    /// <summary>The submits that carried it and that nobody has refused: each may be in the log, now or later. None: certainly not applied.</summary>
    public List<ulong> OpenTries { get; } = new(1);

    public bool IsCertainlyNotApplied => OpenTries.Count == 0;

    public NotAppliedReason Reason { get; set; } = NotAppliedReason.NoLeader;

    /// <summary>Entries were skipped while a copy was out: its result may have been among them.</summary>
    public bool MayHaveMissed { get; set; }

    public bool IsQueued { get; set; }

    public ulong FirstSentMs { get; set; }

    public ulong SentMs { get; set; }

    public ulong PatienceMs { get; set; }

    public int Hops { get; set; }

    public void Bind(Command command)
    {
        Id = CommandId.Of(command);
        Encoded = command.Encode();
    }
}
