using System.Buffers;

namespace Paxos.Node.Http;

/// <summary>A request's body, as far as it is allowed to go.</summary>
internal static class RequestBody
{
    /// <returns>Null: it is longer than the limit. One that says so beforehand is not read at all.</returns>
    /// <exception cref="BadHttpRequestException">It breaks off, or is not what HTTP calls a body.</exception>
    public static async Task<byte[]?> ReadAsync(HttpContext context, int limit)
    {
        if (context.Request.ContentLength > limit)
            return null;
        try
        {
            return await ReadWithinAsync(context, limit);
        }
        // The server's word for a chunk whose size no number holds.
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw new BadHttpRequestException($"The body can't be read: {e.Message}", e);
        }
    }

    private static async Task<byte[]?> ReadWithinAsync(HttpContext context, int limit)
    {
        var request = context.Request;
        if (request.ContentLength is { } length)
        {
            // The server holds the client to what it announced.
            var exact = new byte[length];
            await request.Body.ReadExactlyAsync(exact, context.RequestAborted);
            return exact;
        }
        // One byte more than is allowed is enough to know.
        var rented = ArrayPool<byte>.Shared.Rent(limit + 1);
        try
        {
            var size = await request.Body.ReadAtLeastAsync(
                rented.AsMemory(0, limit + 1), limit + 1, throwOnEndOfStream: false, context.RequestAborted);
            return size > limit ? null : rented.AsSpan(0, size).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
