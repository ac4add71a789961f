namespace Paxos.Node;

/// <summary>What the program's exit code tells a script.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Refused, or failed for certain: it did not happen.</summary>
    public const int Refused = 1;

    /// <summary>The command line, a file, an address or an endpoint is wrong: nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>It may have happened, or not.</summary>
    public const int Unknown = 3;
}
