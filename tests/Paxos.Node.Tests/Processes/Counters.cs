using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Paxos.Node.Tests.Processes;

/// <summary>
/// Clients on all nodes that count: read a number, and write the next one if nobody else did. A write that is not answered may
/// have happened; one that is refused has not.
/// </summary>
internal sealed class Counters : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    private readonly ProcessCluster cluster;
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] counting;
    private readonly long[] acknowledged;
    private readonly long[] unknown;
    private int answers;

    /// <param name="keys">How many counters; every node's client counts on all of them.</param>
    public Counters(ProcessCluster cluster, string run, int keys = 3)
    {
        this.cluster = cluster;
        Keys = [.. Enumerable.Range(0, keys).Select(key => $"{run}/{key}")];
        acknowledged = new long[keys];
        unknown = new long[keys];
        counting = [.. cluster.Ids.SelectMany(id => Enumerable.Range(0, 2).Select(client => Task.Run(() => CountAsync(id, client))))];
    }

    public IReadOnlyList<string> Keys { get; }

    public long Unknown => unknown.Sum();

    public long Acknowledged => acknowledged.Sum();

    public Task MoreAnswersAsync(int count)
    {
        var goal = Volatile.Read(ref answers) + count;
        return Eventually.HoldsAsync(
            () => Task.FromResult(Volatile.Read(ref answers) >= goal),
            () => $"no {count} more increments were acknowledged: {answers} of {goal}, {Unknown} unknown");
    }

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(counting);
    }

    /// <summary>Every acknowledged increment counts once, and an unknown one at most once.</summary>
    /// <remarks>On every node: a read is linearizable on each, and all are to answer again.</remarks>
    /// <param name="at">The members, where they are not all the nodes of the cluster.</param>
    public async Task CheckAsync(params IReadOnlyList<string> at)
    {
        for (var key = 0; key < Keys.Count; key++)
        {
            foreach (var id in at.Count > 0 ? at : cluster.Ids)
            {
                long? value = null;
                await Eventually.HoldsAsync(
                    async () => (value = await TryReadAsync(id, Keys[key])) is not null,
                    () => $"node {id} did not answer what {Keys[key]} is");
                Assert.InRange(value!.Value, acknowledged[key], acknowledged[key] + unknown[key]);
            }
        }
    }

    private async Task<long?> TryReadAsync(string id, string key)
    {
        try
        {
            return (await ReadAsync(id, key)).Value;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
    }

    private async Task CountAsync(string id, int client)
    {
        for (var i = client; !stop.IsCancellationRequested; i++)
        {
            var key = i % Keys.Count;
            var isSent = false;
            try
            {
                var (tag, value) = await ReadAsync(id, Keys[key]);
                isSent = true;
                switch (await ReplaceAsync(id, Keys[key], tag, value + 1))
                {
                    case HttpStatusCode.OK or HttpStatusCode.Created:
                        Interlocked.Increment(ref acknowledged[key]);
                        Interlocked.Increment(ref answers);
                        break;
                    // Somebody else was first, or it certainly did not happen.
                    case HttpStatusCode.PreconditionFailed or HttpStatusCode.ServiceUnavailable:
                        break;
                    default:
                        Interlocked.Increment(ref unknown[key]);
                        break;
                }
            }
            catch (Exception e) when (e is HttpRequestException or SocketException or OperationCanceledException)
            {
                if (isSent)
                    Interlocked.Increment(ref unknown[key]);
            }
        }
    }

    /// <summary>The counter and its entity tag; 0 and none before the first increment.</summary>
    private async Task<(EntityTagHeaderValue? Tag, long Value)> ReadAsync(string id, string key)
    {
        using var response = await Http.GetAsync($"{cluster.Endpoint(id)}/v1/registers/{key}");
        if (response.StatusCode == HttpStatusCode.NotFound)
            return (null, 0);
        response.EnsureSuccessStatusCode();
        return (response.Headers.ETag, long.Parse(await response.Content.ReadAsStringAsync(), CultureInfo.InvariantCulture));
    }

    private async Task<HttpStatusCode> ReplaceAsync(string id, string key, EntityTagHeaderValue? tag, long value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{cluster.Endpoint(id)}/v1/registers/{key}")
        {
            Content = new StringContent(value.ToString(CultureInfo.InvariantCulture)),
        };
        if (tag is null)
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        else
            request.Headers.IfMatch.Add(tag);
        using var response = await Http.SendAsync(request);
        return response.StatusCode;
    }
}
