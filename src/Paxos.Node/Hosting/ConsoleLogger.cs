using System.Globalization;
using Akka.Actor;
using Akka.Event;

namespace Paxos.Node.Hosting;

/// <summary>
/// Akka's log on standard output, a line an event and no stack traces: what happens to a node in its life (a peer that is down, a
/// file that is in use) is no bug. Paxos speaks at INFO, everything else from WARNING on.
/// </summary>
internal sealed class ConsoleLogger : ReceiveActor
{
    private static readonly string[] ExpectedErrors = ["Disassociated", "Failed to bind", "Remoting system has been terminated abruptly"];

    public ConsoleLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Print);
    }

    private static void Print(LogEvent entry)
    {
        if (entry is Info or Debug && !IsOurs(entry.LogClass))
            return;
        if (IsAboutConnections(entry))
            return;
        Console.Out.WriteLine(Format(entry));
    }

    // While a peer is away Akka tells about each connection that it tries: the node says once whom it does not hear. And that an
    // address can't be bound is what the program ends with.
    private static bool IsAboutConnections(LogEvent entry)
    {
        var isRemoting = entry.LogSource.StartsWith("remoting", StringComparison.Ordinal)
            || entry.LogClass.Namespace?.StartsWith("Akka.Remote", StringComparison.Ordinal) == true
            || entry.Cause?.GetType().Namespace?.StartsWith("Akka.Remote", StringComparison.Ordinal) == true;
        var message = entry.Message?.ToString() ?? "";
        return isRemoting && (entry is Warning || ExpectedErrors.Any(expected => message.StartsWith(expected, StringComparison.Ordinal)));
    }

    private static bool IsOurs(Type source) => source.Namespace?.StartsWith("Paxos", StringComparison.Ordinal) == true;

    private static string Format(LogEvent entry)
    {
        var level = entry switch { Error => "ERROR", Warning => "WARN ", _ => "INFO " };
        var message = entry.Message?.ToString() ?? "";
        if (entry.Cause is { } cause && !message.Contains(cause.Message, StringComparison.Ordinal))
            message += $" ({cause.Message})";
        var oneLine = string.Join(' ', message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        return string.Create(CultureInfo.InvariantCulture, $"{entry.Timestamp.ToLocalTime():HH:mm:ss.fff} {level} {oneLine}");
    }
}
