namespace Paxos.Node;

/// <summary>What the user gave cannot be done. The message names the option, file, line or limit and says what to do.</summary>
internal sealed class UsageException(string message) : Exception(message);
