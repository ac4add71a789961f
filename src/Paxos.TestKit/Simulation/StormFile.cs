using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paxos.TestKit.Simulation;

/// <summary>A storm that broke an invariant, in full: played again it breaks it again, with the same core.</summary>
/// <param name="Breaks">The invariant.</param>
/// <param name="What">Which nodes, slots, ballots and entries broke it.</param>
/// <param name="Seed">From which the run draws all but its faults.</param>
/// <param name="Options">The cluster, the weather and the faults.</param>
public sealed record StormFile(LogInvariant Breaks, string What, int Seed, SimulationOptions Options)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <exception cref="FormatException">It is no such file: the message says where it goes wrong.</exception>
    public static StormFile Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<StormFile>(text, Json) ?? throw new FormatException("It is empty.");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public string Write() => JsonSerializer.Serialize(this, Json);

    /// <summary>The run, with a trace.</summary>
    public SimulationResult Replay() => LogSimulation.Run(Seed, Options with { IsTraced = true });
}
