namespace Paxos.Actors.Clients;

/// <summary>The member does not know the watch any more, which begins again where the caller is. No app sees it.</summary>
internal sealed class WatchLostException() : Exception("The watch is not open here.");
