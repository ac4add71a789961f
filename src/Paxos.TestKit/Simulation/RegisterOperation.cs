namespace Paxos.TestKit.Simulation;

internal enum RegisterAction
{
    Get,
    Put,
    Delete,
}

/// <summary>What a client asked of one register, and what it was told.</summary>
internal sealed record RegisterOperation(int Number, string Key, RegisterAction Action)
{
    /// <summary>Who asked; null: it makes no difference.</summary>
    public string? Client { get; init; }

    /// <summary>Of a put: another for every put, so that a read tells which one it sees.</summary>
    public string? Value { get; init; }

    /// <summary>Null: none. 0: the key must be absent. Else: it must have this version.</summary>
    public ulong? Condition { get; init; }

    public long InvokedUs { get; set; }

    /// <summary>Null: the client was never told how it ended.</summary>
    public long? ReturnedUs { get; set; }

    /// <summary>Of a put or delete: it took place.</summary>
    public bool Happened { get; set; }

    public bool Created { get; set; }

    /// <summary>Told: the revision of the change; of what did not take place or was read, the version that is there; 0: absent.</summary>
    public ulong Version { get; set; }

    /// <summary>Of a get: what is there; null: the key is absent.</summary>
    public string? Read { get; set; }

    public override string ToString()
    {
        var asked = $"{Number}: {Action} {Key}{(Value is null ? "" : $" {Value}")}{(Condition is null ? "" : $" if {Condition}")}";
        var told = ReturnedUs is null ? "unknown" : Action == RegisterAction.Get ? $"{Read ?? "absent"} at {Version}" : $"{(Happened ? "done" : "not done")} at {Version}";
        return $"{asked}{(Client is null ? "" : $" at {Client}")} [{InvokedUs / 1000.0:0.0}-{ReturnedUs / 1000.0:0.0} ms]: {told}";
    }
}
