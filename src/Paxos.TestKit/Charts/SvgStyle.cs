using System.Text;
using Paxos.Protocol.SingleDecree;

namespace Paxos.TestKit.Charts;

/// <summary>The colours of a picture: one a phase of the protocol, in a light and a dark set.</summary>
internal static class SvgStyle
{
    private sealed record Palette(
        string Card, string Edge, string Band, string Text, string Muted, string Lane,
        string Phase1, string Phase2, string Chosen, string Bad, string Ask);

    private static readonly Palette Light = new(
        "#ffffff", "#d0d7de", "#f3f5f8", "#1f2328", "#59636e", "#9aa4af", "#0969da", "#8250df", "#1a7f37", "#cf222e", "#8a5a00");

    private static readonly Palette Dark = new(
        "#0d1117", "#3d444d", "#171c24", "#e6edf3", "#9198a1", "#656c76", "#58a6ff", "#bc8cff", "#3fb950", "#ff7b72", "#d29922");

    public static string Sheet { get; } = Shapes + Colours(Light) + "@media (prefers-color-scheme: dark) {\n" + Colours(Dark) + "}\n";

    /// <summary>The class of a message that was taken.</summary>
    public static string Of(string kind) => kind switch
    {
        nameof(Prepare) or nameof(Promise) => "phase1",
        nameof(Accept) or nameof(Accepted) => "phase2",
        nameof(Chosen) => "known",
        nameof(Nack) => "nack",
        _ => "ask",
    };

    /// <summary>A text that XML can hold.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
            clean.Append(Rune.IsControl(rune) || rune.Value is 0xFFFE or 0xFFFF ? new Rune('·') : rune);
        return clean.ToString();
    }

    private const string Shapes = """

        text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
        .title { font: 600 19px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; }
        .caption { font: italic 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; }
        .name { font-size: 15px; font-weight: 700; text-anchor: middle; }
        .kind { font: 11px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; text-anchor: middle; }
        .number { font-size: 11px; text-anchor: end; }
        .command { font-size: 11px; }
        .label { text-anchor: middle; }
        .told { font-weight: 700; }
        .lane { stroke-width: 1.5; }
        .gap { stroke-width: 4; }
        .outage { stroke-width: 1.5; stroke-dasharray: 2 5; }
        .arrow { stroke-width: 1.6; fill: none; }
        .arrow.lost { stroke-dasharray: 5 4; }
        .hollow { stroke-width: 1.4; }
        .cross { stroke-width: 2.4; stroke-linecap: round; }
        .disk, .clock, .hand, .ring, .node { stroke-width: 1.5; }
        .hand { stroke-linecap: round; }

        """;

    private static string Colours(Palette p) => $$"""
        text { fill: {{p.Text}}; }
        .card { fill: {{p.Card}}; stroke: {{p.Edge}}; }
        .band { fill: {{p.Band}}; }
        .blank { fill: {{p.Card}}; }
        .gap { stroke: {{p.Card}}; }
        .node { fill: {{p.Card}}; stroke: {{p.Lane}}; }
        .lane, .outage { stroke: {{p.Lane}}; }
        .kind, .number, .command, .caption, text.note { fill: {{p.Muted}}; }
        .arrow.phase1 { stroke: {{p.Phase1}}; } .head.phase1, text.phase1 { fill: {{p.Phase1}}; }
        .arrow.phase2 { stroke: {{p.Phase2}}; } .head.phase2, text.phase2 { fill: {{p.Phase2}}; }
        .arrow.known { stroke: {{p.Chosen}}; } .head.known, text.known { fill: {{p.Chosen}}; }
        .arrow.ask { stroke: {{p.Ask}}; } .head.ask, text.ask { fill: {{p.Ask}}; }
        .arrow.nack, .arrow.lost, .cross { stroke: {{p.Bad}}; }
        .head.nack, text.nack, text.lost, text.note.down, text.note.forgotten { fill: {{p.Bad}}; }
        .arrow.idle { stroke: {{p.Lane}}; } text.idle { fill: {{p.Muted}}; }
        .head.hollow { fill: {{p.Card}}; stroke: {{p.Lane}}; }
        .disk { stroke: {{p.Text}}; } .written { fill: {{p.Text}}; } .writing { fill: {{p.Card}}; } .recovered { fill: {{p.Lane}}; }
        .clock, .ring { fill: {{p.Card}}; stroke: {{p.Text}}; } .hand { stroke: {{p.Text}}; }
        .point, text.note.call, text.note.timer, text.note.up { fill: {{p.Text}}; }
        path.applied { fill: {{p.Chosen}}; }
        .pill.chosen { fill: {{p.Chosen}}; } .pill.undecided { fill: {{p.Muted}}; }
        .dot { fill: {{p.Card}}; } text.told { fill: {{p.Card}}; }

        """;
}
