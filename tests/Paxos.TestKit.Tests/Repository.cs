namespace Paxos.TestKit.Tests;

internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string directory) =>
        File.Exists(Path.Combine(directory, "Paxos.sln")) ? directory : Find(Path.GetDirectoryName(directory)!);
}
