using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Akka.Serialization;

namespace Paxos.Actors.Storage;

/// <summary>A row of the journal's table, as Akka.Persistence.Sql writes it.</summary>
/// <param name="Created">When it was written, in ticks of UTC.</param>
/// <param name="Tags">Each between semicolons; empty: none.</param>
/// <param name="Identifier">The serializer's.</param>
/// <param name="Writer">The journal that wrote it: another one at each start.</param>
internal readonly record struct JournalRow(
    string PersistenceId, long SequenceNumber, byte[] Message, string Manifest, int? Identifier, long Created, string Tags, string? Writer);

/// <summary>What one actor writes at once, on its way into the journal.</summary>
internal sealed class PendingWrite
{
    public List<JournalRow> Rows { get; } = [];

    public long Bytes { get; set; }

    /// <summary>An element for each atomic write, null where it is not rejected; null: none is.</summary>
    public IImmutableList<Exception>? Rejections { get; set; }

    /// <summary>What waits for it only tells actors: it may run in the journal's turn.</summary>
    public TaskCompletionSource<IImmutableList<Exception>> Done { get; } = new();
}

/// <summary>Makes rows of events and events of rows.</summary>
internal sealed class JournalRows(Serialization serialization)
{
    private const char TagSeparator = ';';

    private readonly string writer = Guid.NewGuid().ToString("N");

    /// <summary>
    /// What one actor writes. An atomic write with an event that cannot be encoded is rejected, and so are those behind it: the
    /// actor's records would have a gap.
    /// </summary>
    public PendingWrite Encode(IEnumerable<AtomicWrite> messages)
    {
        var write = new PendingWrite();
        var now = DateTime.UtcNow.Ticks;
        var (count, written, rejection) = (0, 0, (Exception?)null);
        foreach (var atomic in messages)
        {
            count++;
            if (rejection is not null)
                continue;
            var before = write.Rows.Count;
            try
            {
                foreach (var @event in (IEnumerable<IPersistentRepresentation>)atomic.Payload)
                    write.Rows.Add(Encode(@event, now));
                written++;
            }
            catch (Exception e)
            {
                write.Rows.RemoveRange(before, write.Rows.Count - before);
                rejection = e;
            }
        }
        foreach (var row in write.Rows)
            write.Bytes += row.Message.Length;
        if (rejection is not null)
            write.Rejections = Enumerable.Range(0, count).Select(at => at < written ? null! : rejection).ToImmutableList();
        return write;
    }

    /// <exception cref="SerializationException">The row is damaged, or no serializer here takes it.</exception>
    public IPersistentRepresentation Decode(JournalRow row)
    {
        if (row.Identifier is not { } identifier)
            throw new SerializationException($"Record {row.SequenceNumber} of {row.PersistenceId} does not say by which serializer it was written.");
        var @event = serialization.Deserialize(row.Message, identifier, row.Manifest)
            ?? throw new SerializationException($"Record {row.SequenceNumber} of {row.PersistenceId} holds nothing.");
        return new Persistent(
            @event, row.SequenceNumber, row.PersistenceId, row.Manifest, writerGuid: row.Writer, timestamp: row.Created);
    }

    private JournalRow Encode(IPersistentRepresentation @event, long now)
    {
        var (payload, tags) = @event.Payload is Tagged tagged
            ? (tagged.Payload, tagged.Tags.Count > 0 ? $"{TagSeparator}{string.Join(TagSeparator, tagged.Tags)}{TagSeparator}" : "")
            : (@event.Payload, "");
        var serializer = serialization.FindSerializerForType(payload.GetType());
        return new JournalRow(
            @event.PersistenceId,
            @event.SequenceNr,
            // References to actors are written with the address under which others know this system.
            Serialization.WithTransport(serialization.System, (serializer, payload), static it => it.serializer.ToBinary(it.payload)),
            Serialization.ManifestFor(serializer, payload),
            serializer.Identifier,
            @event.Timestamp == 0 ? now : @event.Timestamp,
            tags,
            writer);
    }
}
