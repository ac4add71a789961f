namespace Paxos.Node.Hosting;

/// <summary>
/// How the children of <c>paxos up</c> learn that it is gone, even by kill -9: their standard input is a pipe that only it holds
/// open. Closing it is also how it ends them.
/// </summary>
internal static class ParentWatch
{
    /// <summary>Set to 1 by <c>up</c> for its children.</summary>
    public const string Variable = "PAXOS_ENDS_WITH_STDIN";

    public static bool IsWanted => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Completes when nobody holds the other end of standard input any more.</summary>
    public static Task WhenGone() => Task.Factory.StartNew(
        () =>
        {
            using var input = Console.OpenStandardInput();
            var buffer = new byte[64];
            while (input.Read(buffer) > 0)
            {
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
