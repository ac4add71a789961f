namespace Paxos.TestKit;

/// <summary>
/// What a spec asserted does not hold. Of no test framework: each takes it for a failed test, and the message says what happened.
/// </summary>
public sealed class SpecFailedException(string message) : Exception(message);
