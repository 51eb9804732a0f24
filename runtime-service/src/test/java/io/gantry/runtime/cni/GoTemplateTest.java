package io.gantry.runtime.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoTemplateTest {

    private static final Map<String, Object> FIELDS =
            Map.of(
                    "PodCIDR",
                    "10.1.0.0/24",
                    "PodCIDRRanges",
                    List.of("10.1.0.0/24", "fd00::/64"),
                    "None",
                    List.of(),
                    "Empty",
                    "");

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "plain { } text|plain { } text",
                "{{.PodCIDR}}|10.1.0.0/24",
                "a {{ .PodCIDR }} b|a 10.1.0.0/24 b",
                "a {{- .PodCIDR}} b|a10.1.0.0/24 b",
                "a {{.PodCIDR -}} b|a 10.1.0.0/24b",
                "a {{/* x }} y */}} b|a  b",
                "{{range .PodCIDRRanges}}<{{.}}>{{end}}|<10.1.0.0/24><fd00::/64>",
                "{{range $x := .PodCIDRRanges}}<{{$x}}>{{end}}|<10.1.0.0/24><fd00::/64>",
                "{{range $i, $x := .PodCIDRRanges}}{{if"
                        + " $i}},{{end}}{{$x}}{{end}}|10.1.0.0/24,fd00::/64",
                "{{range $i, $_ :="
                        + " .PodCIDRRanges}}{{$i}}{{$.PodCIDR}};{{end}}|010.1.0.0/24;110.1.0.0/24;",
                "{{range .None}}x{{else}}none{{end}}|none",
                "{{if .Empty}}a{{else if .None}}b{{else if .PodCIDR}}c{{else}}d{{end}}!|c!",
                "{{if .Empty}}a{{else if .None}}b{{else}}d{{end}}!|d!",
                "{{index .PodCIDRRanges 1}}|fd00::/64",
                "{{.PodCIDRRanges}}|[10.1.0.0/24 fd00::/64]"
            })
    void whatTemplatesOfNetworksAreWrittenInIsUnderstood(String template, String text)
            throws CniException {
        assertThat(GoTemplate.parse(template).expand(FIELDS)).isEqualTo(text);
    }

    @Test
    void hyphensTakeWhiteSpaceAwayOverLines() throws CniException {
        String template =
                """
                [
                {{- range $i, $range := .PodCIDRRanges }}
                  {{- if $i }}, {{ end -}}
                  {"subnet": "{{ $range }}"}
                {{- end -}}
                ]
                """;
        assertThat(GoTemplate.parse(template).expand(FIELDS))
                .isEqualTo("[{\"subnet\": \"10.1.0.0/24\"}, {\"subnet\": \"fd00::/64\"}]\n");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "a{{.PodCIDR | line 1: {{ without }}",
                "{{range .PodCIDRRanges}}x | line 1: {{range .PodCIDRRanges}}: it has no end",
                "{{if .PodCIDR}}x{{else}}y | line 1: {{if .PodCIDR}}: it has no end",
                "x{{end}} | line 1: {{end}}: it belongs to nothing",
                "{{if .A}}{{else}}{{else}}{{end}} | line 1: {{else}}: it comes after an else",
                "{{printf .PodCIDR}} | line 1: {{printf .PodCIDR}}: it is not understood",
                "{{.PodCIDRs}} | {{.PodCIDRs}}: there is no .PodCIDRs",
                "{{range .PodCIDR}}{{end}} | range over .PodCIDR, which is no list",
                "{{$x}} | {{$x}}: there is no $x",
                "{{index .PodCIDRRanges 2}} | {{index .PodCIDRRanges 2}}: there is no such element",
                "{{range .PodCIDRRanges}}{{.PodCIDR}}{{end}} | {{.PodCIDR}}: there is no .PodCIDR"
            })
    void whatIsNotUnderstoodIsNamed(String template, String reason) {
        assertThatThrownBy(() -> GoTemplate.parse(template).expand(FIELDS))
                .isInstanceOf(CniException.class)
                .hasMessage(reason);
    }

    @Test
    void aMistakeIsNamedWithItsLine() {
        assertThatThrownBy(() -> GoTemplate.parse("{\n  \"a\": 1,\n  {{call me}}\n}"))
                .hasMessage("line 3: {{call me}}: it is not understood");
    }
}
