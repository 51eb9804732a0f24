package io.gantry.runtime.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.spec.Seccomp.Arg;
import io.gantry.linux.spec.Seccomp.Rule;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SeccompProfileTest {

    private static Seccomp parse(String json, String... capabilities) {
        return parseOn("amd64", "6.1.0-13-amd64", json, capabilities);
    }

    private static Seccomp parseOn(
            String machine, String kernel, String json, String... capabilities) {
        return new SeccompProfile(Set.of(capabilities), machine, kernel)
                .parse("p", json.getBytes(UTF_8));
    }

    @Test
    void profileOfTheSpecificationIsReadAsItIs() {
        Seccomp profile =
                parse(
                        """
                        {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
                         "architectures": ["SCMP_ARCH_X86_64"],
                         "flags": ["SECCOMP_FILTER_FLAG_LOG"],
                         "syscalls": [{"names": ["clone", "write"], "action": "SCMP_ACT_ALLOW",
                           "errnoRet": 1, "args": [{"index": 0, "value": 18446744073709551615,
                             "valueTwo": 7, "op": "SCMP_CMP_MASKED_EQ"}]}]}
                        """);

        assertThat(profile)
                .isEqualTo(
                        new Seccomp(
                                "SCMP_ACT_ERRNO",
                                38,
                                List.of("SCMP_ARCH_X86_64"),
                                List.of("SECCOMP_FILTER_FLAG_LOG"),
                                List.of(
                                        new Rule(
                                                List.of("clone", "write"),
                                                "SCMP_ACT_ALLOW",
                                                1,
                                                List.of(
                                                        new Arg(
                                                                0,
                                                                -1L,
                                                                7,
                                                                "SCMP_CMP_MASKED_EQ"))))));
    }

    @Test
    void conditionsOfDockerAreApplied() {
        String json =
                """
                {"defaultAction": "SCMP_ACT_ERRNO",
                 "archMap": [{"architecture": "SCMP_ARCH_X86_64",
                              "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
                             {"architecture": "SCMP_ARCH_AARCH64",
                              "subArchitectures": ["SCMP_ARCH_ARM"]},
                             {"architecture": "SCMP_ARCH_MIPS64",
                              "subArchitectures": ["SCMP_ARCH_MIPS"]},
                             {"architecture": "SCMP_ARCH_S390X", "subArchitectures": null}],
                 "syscalls": [
                   {"name": "read", "action": "SCMP_ACT_ALLOW"},
                   {"names": ["mount"], "action": "SCMP_ACT_ALLOW",
                    "includes": {"caps": ["CAP_SYS_ADMIN"]}},
                   {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
                    "excludes": {"caps": ["CAP_SYS_ADMIN"], "arches": ["s390"]}},
                   {"names": ["arm_sync"], "action": "SCMP_ACT_ALLOW",
                    "includes": {"arches": ["arm", "arm64"]}},
                   {"names": ["modify_ldt"], "action": "SCMP_ACT_ALLOW",
                    "includes": {"arches": ["amd64"]}}]}
                """;

        assertThat(parse(json).architectures())
                .containsExactly("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
        assertThat(names(parse(json))).containsExactly("read", "clone", "modify_ldt");
        assertThat(names(parse(json, "CAP_SYS_ADMIN")))
                .containsExactly("read", "mount", "modify_ldt");
        assertThat(parseOn("arm64", "6.1", json).architectures())
                .containsExactly("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");
        assertThat(names(parseOn("arm64", "6.1", json)))
                .containsExactly("read", "clone", "arm_sync");
    }

    @Test
    void ruleHoldsFromAKernelOnOrUpToIt() {
        String json =
                """
                {"defaultAction": "SCMP_ACT_ERRNO",
                 "syscalls": [
                   {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW",
                    "includes": {"minKernel": "5.12"}},
                   {"names": ["vm86"], "action": "SCMP_ACT_ALLOW",
                    "excludes": {"minKernel": "5.12"}}]}
                """;

        assertThat(names(parseOn("amd64", "5.12.0-rc1", json))).containsExactly("ptrace");
        assertThat(names(parseOn("amd64", "6.1", json))).containsExactly("ptrace");
        assertThat(names(parseOn("amd64", "5.10.0-8-amd64", json))).containsExactly("vm86");
        assertThatThrownBy(() -> parse(json.replace("5.12", "new")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageStartingWith("seccomp profile p: minKernel \"new\" is no version");
    }

    private static List<String> names(Seccomp profile) {
        return profile.syscalls().stream().flatMap(rule -> rule.names().stream()).toList();
    }

    @Test
    void whatIsNoProfileIsRefusedByName() {
        assertThatThrownBy(() -> parse("{"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageStartingWith("seccomp profile p: ");
        assertThatThrownBy(() -> parse("{}"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("seccomp profile p: defaultAction is missing");
        assertThatThrownBy(
                        () ->
                                parse(
                                        """
                                        {"defaultAction": "SCMP_ACT_LOG", "architectures": ["SCMP_ARCH_X86"],
                                         "archMap": [{"architecture": "SCMP_ARCH_X86_64"}]}
                                        """))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("seccomp profile p: it has both architectures and archMap");
        assertThatThrownBy(() -> parse(profile("{\"names\": []}")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("a rule needs names and an action");
    }

    private static String profile(String rule) {
        return "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [" + rule + "]}";
    }

    private static void assertRefused(String json, String message) {
        assertThatThrownBy(() -> parse(json))
                .as(json)
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageStartingWith("seccomp profile p: " + message);
    }

    /** Everything that a start would find out is found out before the container is there. */
    @Test
    void whatNoFilterCanDoIsRefusedByItsField() {
        assertRefused("{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", "defaultAction is \"SCMP_ACT_NO");
        assertRefused(
                "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": \"EPERM\"}",
                "defaultErrnoRet has to be a number from 0 to 4095");
        assertRefused(
                "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": {\"a\": 1}}",
                "syscalls is no list");
        assertRefused(
                "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"flags\": [\"LOG\"]}",
                "flags is \"LOG\", which is none of SECCOMP_FILTER_FLAG_LOG, ");
        String read = "{\"names\": [\"read\"], \"action\": ";
        assertRefused(profile(read + "\"DENY\"}"), "action is \"DENY\"");
        assertRefused(
                profile(read + "\"SCMP_ACT_ERRNO\", \"errnoRet\": 4096}"),
                "errnoRet has to be a number from 0 to 4095");
        String args = read + "\"SCMP_ACT_ERRNO\", \"args\": [{";
        assertRefused(
                profile(args + "\"index\": 6, \"value\": 0, \"op\": \"SCMP_CMP_EQ\"}]}"),
                "index has to be a number from 0 to 5");
        assertRefused(
                profile(args + "\"index\": 0, \"value\": \"x\", \"op\": \"SCMP_CMP_EQ\"}]}"),
                "value has to be a number of 64 bits");
        assertRefused(
                profile(
                        args
                                + "\"index\": 0, \"value\": 18446744073709551616, \"op\":"
                                + " \"SCMP_CMP_EQ\"}]}"),
                "value has to be a number of 64 bits");
        assertRefused(
                profile(args + "\"index\": 0, \"value\": 1, \"op\": \"==\"}]}"), "op is \"==\"");
    }
}
