using Proto = Paxos.Actors.Wire.Proto;

namespace Paxos.Actors.Clients;

/// <summary>The exceptions of calls, as numbers on the wire: for ever.</summary>
internal static class CallFailure
{
    private const uint Invalid = 1;
    private const uint Unknown = 2;
    private const uint SessionExpired = 3;
    private const uint KeyConflict = 4;
    private const uint CommandFailed = 5;
    private const uint WatchLost = 6;

    // Behind it the reasons for which something was not applied.
    private const uint NotApplied = 100;

    public static Proto.CallFailed ToProto(Exception failure) => new()
    {
        Message = failure.Message,
        Failure = failure switch
        {
            NotAppliedException e => NotApplied + (uint)e.Reason,
            SessionExpiredException => SessionExpired,
            KeyConflictException => KeyConflict,
            CommandFailedException => CommandFailed,
            WatchLostException => WatchLost,
            ArgumentException or FormatException => Invalid,
            _ => Unknown,
        },
    };

    public static Exception FromProto(Proto.CallFailed failed) => failed.Failure switch
    {
        Invalid => new ArgumentException(failed.Message),
        SessionExpired => new SessionExpiredException(failed.Message),
        KeyConflict => new KeyConflictException(failed.Message),
        CommandFailed => new CommandFailedException(failed.Message),
        WatchLost => new WatchLostException(),
        >= NotApplied when Enum.IsDefined((NotAppliedReason)(failed.Failure - NotApplied)) =>
            new NotAppliedException((NotAppliedReason)(failed.Failure - NotApplied), failed.Message),
        // Whatever a later version may say: nothing is known of the call.
        _ => new OutcomeUnknownException(failed.Message),
    };
}
