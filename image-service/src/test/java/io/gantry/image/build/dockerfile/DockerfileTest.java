package io.gantry.image.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.build.expand.Variables;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Place;
import io.gantry.image.build.syntax.Statement.Origin;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The file as a whole: directives, comments, stages, places and what is refused. */
class DockerfileTest {

    private static final Map<String, String> VALUES = Map.of("A", "b", "P", "3000 4000/udp");

    @Test
    void aByteOrderMarkIsPassedOver() {
        assertThat(parse("\ufeff# escape=`\nFROM a").directives().escape()).isEqualTo('`');
    }

    @Test
    void directivesAreReadWhateverTheirCaseAndBlanks() {
        Dockerfile file =
                parse(
                        "#SYNTAX = docker/dockerfile:1.26 cmd\n"
                                + "  # check=skip=all;error=true \n# escape=`\nFROM a\nRUN `\nb");
        assertThat(file.directives().syntax().orElseThrow().firstWord())
                .isEqualTo("docker/dockerfile:1.26");
        assertThat(file.directives().check().orElseThrow().value())
                .isEqualTo("skip=all;error=true");
        assertThat(Shown.of(instruction(file))).isEqualTo("Run[command=Shell[text=‹b›]]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "# a comment\n", "# unknown=x\n", "ARG a\n"})
    void theFirstLineThatIsNoDirectiveEndsThem(String line) {
        assertThat(parse(line + "# escape=`\nFROM a").directives().escape()).isEqualTo('\\');
    }

    @Test
    void aShebangHidesTheEscapeOnly() {
        Dockerfile file = parse("#!/x\n# syntax=docker/dockerfile\n# escape=`\nFROM a");
        assertThat(file.directives().syntax()).isPresent();
        assertThat(file.directives().escape()).isEqualTo('\\');
    }

    @Test
    void commentsBelongToTheInstructionBelowThem() {
        Dockerfile file = parse("# of nothing\n#\n# one\n # two\nFROM a\n\n# run\nRUN b");
        assertThat(file.stages().getFirst().from().origin().comments())
                .containsExactly("one", "two");
        assertThat(instruction(file).origin().comments()).containsExactly("run");
    }

    @Test
    void emptyLinesWithinAnInstructionAreNoted() {
        Origin origin = instruction(parse("FROM a\nRUN b \\\n\n # no\n  \n c")).origin();
        assertThat(origin.emptyLines()).extracting(Place::line).containsExactly(3, 5);
    }

    @Test
    void argumentsBeforeTheFirstStageAreGlobal() {
        Dockerfile file = parse("ARG a=1\narg b\nFROM x\nARG c\nFROM y AS z\nRUN d\n");
        assertThat(file.globalArguments()).hasSize(2);
        assertThat(file.stages()).extracting(Stage::label).containsExactly("stage-0", "z");
        assertThat(file.stages()).extracting(it -> it.instructions().size()).containsExactly(1, 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "~~ | the Dockerfile cannot be empty",
                "# only⏎# comments | file with no instructions",
                "ARG a | dockerfile contains no stages to build",
                "RUN a⏎FROM b | no build stage in current context: RUN before the first FROM",
                "# escape=x⏎FROM a | invalid escape \"x\"",
                "# escape=`⏎# ESCAPE=`⏎FROM a | only one escape parser directive can be used",
                "# syntax=example.com/other⏎FROM a | unsupported syntax \"example.com/other\"",
            })
    void isRefused(String text, String reason) {
        assertThatThrownBy(() -> parse(text.replace("⏎", "\n")))
                .isInstanceOfSatisfying(
                        DockerfileException.class, e -> assertThat(e.reason()).contains(reason));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docker/dockerfile",
                "docker.io/docker/dockerfile:1",
                "docker/dockerfile-upstream:master",
                "docker/dockerfile:1.26@sha256:abcdef",
                "dockerfile.v0"
            })
    void dockersOwnFrontendsAreServed(String syntax) {
        assertThat(parse("# syntax=" + syntax + "\nFROM a").stages()).hasSize(1);
    }

    @Test
    void aLineMayHave65535Bytes() {
        String comment = "FROM a\nRUN #" + "é".repeat(32_765);
        assertThat(parse(comment).stages()).hasSize(1);
        assertThatThrownBy(() -> parse(comment + "éé"))
                .hasMessage("Dockerfile:2: dockerfile line greater than max allowed size of 65535");
    }

    @Test
    void errorsMarkThePartThatIsWrong() {
        String text =
                """
                FROM a

                RUN --network=none \\
                # no
                  --mont=type=cache b
                CMD c
                """;
        assertThatThrownBy(() -> parse(text))
                .isInstanceOfSatisfying(
                        DockerfileException.class,
                        e -> {
                            assertThat(e)
                                    .hasMessage(
                                            "Dockerfile:5: unknown flag: --mont (did you mean"
                                                    + " mount?)");
                            assertThat(e.excerpt())
                                    .isEqualTo(
                                            """
                                            Dockerfile:5
                                            --------------------
                                               3 |     RUN --network=none \\
                                               4 |     # no
                                               5 | >>>   --mont=type=cache b
                                                 |       ^^^^^^^^^^^^^^^^^
                                               6 |     CMD c
                                            --------------------
                                            """);
                        });
    }

    @Test
    void excerptsHoldNoControlCharacters() {
        assertThatThrownBy(() -> parse("FROM a\n\u001b[31mRUN b"))
                .isInstanceOfSatisfying(
                        DockerfileException.class,
                        e -> assertThat(e.excerpt()).doesNotContain("\u001b"));
    }

    @Test
    void aTriggerIsOneInstruction() {
        assertThat(Shown.of(Dockerfile.parseTrigger("base", "COPY <<E /x\na\nE")))
                .isEqualTo(
                        "Copy[transfer=Transfer[documents=[Document[name=‹E›, content=‹a⏎›,"
                                + " expands=yes]], destination=‹/x›]]");
        assertThatThrownBy(() -> Dockerfile.parseTrigger("base", "RUN a\nRUN b"))
                .hasMessage("ONBUILD of base:1: onbuild trigger should be a single expression");
        assertThatThrownBy(() -> Dockerfile.parseTrigger("base", "FROM a"))
                .hasMessageContaining("FROM isn't allowed as an ONBUILD trigger");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "RUN <<EOF⏎a⏎EOF | a⏎",
                "RUN <<-EOF⏎⇥a⏎⇥⇥b⏎EOF | a⏎b⏎",
                "RUN cat <<E⏎a⏎E | cat <<E⏎a⏎E",
                "RUN cat <<-A <<B⏎⇥a⏎A⏎b⏎B | cat <<-A <<B⏎⇥a⏎A⏎b⏎B",
                "RUN <<A <<B⏎a⏎A⏎b⏎B | <<A <<B⏎a⏎A⏎b⏎B",
            })
    void aSoleHeredocIsTheScriptAndOthersAreInIt(String run, String script) {
        assertThat(shell(run).script().replace("\n", "⏎").replace("\t", "⇥")).isEqualTo(script);
    }

    @Test
    void aSoleHeredocWithAShebangIsExecuted() {
        assertThat(shell("RUN <<E⏎#!/x⏎E").executable()).isPresent();
        assertThat(shell("RUN <<E⏎x⏎E").executable()).isEmpty();
        assertThat(shell("RUN cat <<E⏎#!/x⏎E").executable()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "COPY --chown=$A --chmod=0${U:-644} $A c $A/ | Copy[transfer=Transfer[sources=[‹b›,"
                        + " ‹c›], destination=‹b/›, chown=‹b›, chmod=‹0644›]]",
                "COPY --exclude=$A a b | Copy[transfer=Transfer[sources=[‹a›], destination=‹b›,"
                        + " excludes=[‹$A›]]]",
                "ADD --checksum=$A a b | Add[transfer=Transfer[sources=[‹a›], destination=‹b›],"
                        + " checksum=‹b›]",
                "COPY <<E <<'F' x⏎$A \"\\$A\"⏎E⏎$A⏎F | Copy[transfer=Transfer[documents="
                        + "[Document[name=‹E›, content=‹b \"$A\"⏎›], Document[name=‹F›,"
                        + " content=‹$A⏎›]], destination=‹x›]]",
                "ENV A=c d=\"$A\" e=$U | Env[assignments=[Assignment[name=‹A›, value=‹c›],"
                        + " Assignment[name=‹d›, value=‹b›], Assignment[name=‹e›, value=‹›]]]",
                "ENV a 'b' $A | Env[assignments=[Assignment[name=‹a›, value=‹b b›, legacy=yes]]]",
                "EXPOSE $P 80 | Expose[ports=[‹3000›, ‹4000/udp›, ‹80›]]",
                "LABEL $A=$A | Label[assignments=[Assignment[name=‹b›, value=‹b›]]]",
                "STOPSIGNAL ${U:-9} | Stopsignal[signal=‹9›]",
                "USER $A:$A | User[user=‹b:b›]",
                "VOLUME $A /$A | Volume[paths=[‹b›, ‹/b›]]",
                "WORKDIR a/${A}/$U | Workdir[path=‹a/b/›]",
                "RUN $A | Run[command=Shell[text=‹$A›]]",
                "CMD $A | Cmd[command=Shell[text=‹$A›]]",
                "ENTRYPOINT [\"$A\"] | Entrypoint[command=Exec[arguments=[‹$A›]]]",
                "SHELL [\"$A\"] | Shell[arguments=[‹$A›]]",
                "MAINTAINER $A | Maintainer[author=‹$A›]",
                "HEALTHCHECK CMD $A | Healthcheck[spec=HealthcheckSpec[test=[‹CMD-SHELL›, ‹$A›]]]",
            })
    void variablesAreExpandedWhereTheyAreTo(String text, String expected) {
        InstructionExpander expander = new InstructionExpander('\\', Variables.of(VALUES));
        assertThat(Shown.of(expander.expand(read(text)))).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "EXPOSE 80/icmp | invalid port \"80/icmp\": invalid protocol icmp",
                "EXPOSE 65536 | invalid port \"65536\": invalid port 65536",
                "EXPOSE 9-8 | invalid port \"9-8\": invalid port 9-8",
                "EXPOSE x:1:2 | invalid port \"x:1:2\": invalid IP address x",
                "EXPOSE 1-2:3-5 | invalid port \"1-2:3-5\": ranges of host and container differ",
                "STOPSIGNAL ${U} | invalid signal:",
                "STOPSIGNAL SIGFOO | invalid signal: SIGFOO",
                "STOPSIGNAL 65 | invalid signal: 65",
                "COPY --chmod=64a a b | invalid chmod parameter: '64a'. it should be octal string"
                        + " and between 0 and 07777",
                "COPY --chmod=z+x a b | invalid chmod parameter: 'z+x'",
                "WORKDIR ${U:?say where} | cannot expand \"${U:?say where}\": U: say where",
            })
    void valuesAreCheckedWhenTheyAreKnown(String text, String reason) {
        InstructionExpander expander = new InstructionExpander('\\', Variables.of(VALUES));
        assertThatThrownBy(() -> expander.expand(read(text)))
                .isInstanceOf(DockerfileException.class)
                .hasMessageStartingWith("Dockerfile:2: ")
                .hasMessageContaining(reason);
    }

    @Test
    void mountsAreExpandedFieldByField() {
        InstructionExpander expander = new InstructionExpander('\\', Variables.of(VALUES));
        Instruction.Run run =
                (Instruction.Run) read("RUN --mount=type=cache,id=$A,target=/$A/$U,ro=${U:-1} a");
        assertThat(expander.mounts(run).stream().map(Shown::of))
                .containsExactly(
                        "Cache[id=‹b›, target=‹/b/›, sharing=SHARED, readOnly=yes,"
                                + " source=‹›, owner=Owner[mode=493]]");
        assertThat(expander.unmatched()).containsExactly("U");
        assertThatThrownBy(
                        () ->
                                expander.mounts(
                                        (Instruction.Run) read("RUN --mount=type=$A,target=/x a")))
                .hasMessageContaining("unsupported mount type \"b\"");
    }

    @ParameterizedTest(name = "{0} on {1} of a directory: {2}")
    @CsvSource({
        "644, 755, false, 644",
        "07777, 0, false, 7777",
        "u=rwX;go=rX, 600, false, 644",
        "u=rwX;go=rX, 700, false, 755",
        "u=rwX;go=rX, 600, true, 755",
        "+x, 644, false, 755",
        "a-w, 666, false, 444",
        "g=u, 640, false, 660",
        "o=, 647, false, 640",
        "u+s, 755, false, 4755",
        "g+s;+t, 755, true, 3755",
        "ug+w-x, 555, false, 665",
        "=r, 777, false, 444",
    })
    void modesAreSetAndChanged(String mode, String before, boolean directory, String after) {
        int result =
                FileModes.parse(mode.replace(';', ','))
                        .apply(Integer.parseInt(before, 8), directory);
        assertThat(Integer.toString(result, 8)).isEqualTo(after);
    }

    @ParameterizedTest
    @CsvSource({
        "80, 80/tcp",
        "80/UDP, 80/udp",
        "7000-7002/sctp, 7000/sctp 7001/sctp 7002/sctp",
        "127.0.0.1:8080:80, 80/tcp",
        "[::1]:8080:80/tcp, 80/tcp",
        "8000-8010:80, 80/tcp",
    })
    void portsAreRanges(String text, String expected) {
        assertThat(PortRange.parse(text).ports()).isEqualTo(List.of(expected.split(" ")));
    }

    private static Dockerfile parse(String text) {
        return Dockerfile.parse("Dockerfile", text);
    }

    private static Instruction read(String text) {
        return instruction(parse("FROM x\n" + text.replace("⏎", "\n").replace("⇥", "\t")));
    }

    private static Instruction instruction(Dockerfile file) {
        return file.stages().getLast().instructions().getLast();
    }

    private static CommandForm.Shell shell(String run) {
        return (CommandForm.Shell) ((Instruction.Run) read(run)).command();
    }
}
