package io.gantry.runtime.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnimplementedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CdiCatalogTest {

    private static ContainerEdits env(String... variables) {
        return new ContainerEdits(
                List.of(variables), List.of(), List.of(), List.of(), List.of(), List.of());
    }

    /** Devices that set a variable of their name to that of the file. */
    private static CdiSpec spec(String file, String... devices) {
        Map<String, ContainerEdits> edits = new LinkedHashMap<>();
        for (String device : devices) {
            edits.put(device, env(device + "=" + file));
        }
        return new CdiSpec(file, "v.com/net", edits, env("ALL=" + file));
    }

    private static List<String> env(CdiCatalog catalog, String... names) {
        return catalog.edits(CdiCatalog.asked(List.of(names), Map.of()), false).env();
    }

    @Test
    void whatAllDevicesOfAFileNeedComesOnceAndFirst() {
        CdiCatalog catalog =
                new CdiCatalog(List.of(List.of(spec("f", "a", "b"), spec("g", "c"))), List.of());
        assertThat(env(catalog, "v.com/net=b", "v.com/net=c", "v.com/net=a"))
                .containsExactly("ALL=f", "b=f", "ALL=g", "c=g", "a=f");
        assertThat(env(catalog)).isEmpty();
    }

    @Test
    void laterDirectoriesTakePrecedenceDeviceByDevice() {
        CdiCatalog catalog =
                new CdiCatalog(
                        List.of(List.of(spec("etc", "a", "b")), List.of(spec("run", "a"))),
                        List.of());
        assertThat(env(catalog, "v.com/net=a", "v.com/net=b"))
                .containsExactly("ALL=run", "a=run", "ALL=etc", "b=etc");
    }

    @Test
    void aDeviceOfTwoFilesOfADirectoryIsNoneUnlessALaterOneHasIt() {
        List<CdiSpec> both = List.of(spec("one", "a", "b"), spec("two", "a"));
        CdiCatalog ambiguous = new CdiCatalog(List.of(both), List.of());
        assertThat(env(ambiguous, "v.com/net=b")).contains("b=one");
        assertThatThrownBy(() -> env(ambiguous, "v.com/net=a"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("CDI device v.com/net=a is described by more than one file: one, two");
        CdiCatalog settled = new CdiCatalog(List.of(both, List.of(spec("run", "a"))), List.of());
        assertThat(env(settled, "v.com/net=a")).containsExactly("ALL=run", "a=run");
    }

    @Test
    void devicesThatAreNotThereAreNamedWithWhatCouldNotBeRead() {
        CdiCatalog catalog =
                new CdiCatalog(List.of(List.of(spec("f", "a"))), List.of("x.yaml: no kind"));
        assertThatThrownBy(() -> env(catalog, "v.com/net=a", "v.com/net=z", "w.com/x=y"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(
                        "unknown CDI devices: v.com/net=z, w.com/x=y; not read: x.yaml: no kind");
    }

    @Test
    void aDeviceThatWantsWhatCannotBeDoneIsRefusedAndOthersAreNot() {
        ContainerEdits hooks =
                new ContainerEdits(
                        List.of(), List.of(), List.of(), List.of(), List.of(), List.of("intelRdt"));
        CdiSpec spec =
                new CdiSpec(
                        "f", "v.com/net", Map.of("h", hooks, "a", env("A=1")), ContainerEdits.NONE);
        CdiCatalog catalog = new CdiCatalog(List.of(List.of(spec)), List.of());
        assertThat(env(catalog, "v.com/net=a")).containsExactly("A=1");
        assertThatThrownBy(() -> env(catalog, "v.com/net=h"))
                .isInstanceOf(UnimplementedException.class)
                .hasMessage("CDI device v.com/net=h of f asks for what is not supported: intelRdt");
    }

    @Test
    void namesComeFromTheFieldAndFromAnnotationsOnceEach() {
        Map<String, String> annotations =
                Map.of(
                        "cdi.k8s.io/plugin_1", "v.com/net=b,v.com/net=a",
                        "other", "nothing");
        assertThat(CdiCatalog.asked(List.of("v.com/net=a"), annotations))
                .map(CdiName::toString)
                .containsExactly("v.com/net=a", "v.com/net=b");
    }

    @Test
    void whatIsNoNameOfADeviceIsQuoted() {
        for (String name :
                List.of(
                        "",
                        "/dev/x",
                        "net=a",
                        "v.com/=a",
                        "v.com/net",
                        "v.com/net=",
                        "1v/n=a",
                        "v.com/net=a-",
                        "v.com/n/m=a",
                        "v.com/net=a b")) {
            assertThatThrownBy(() -> CdiName.parse(name))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessage(
                            "CDI device \"" + name + "\" is not named as vendor.com/class=device");
        }
        assertThat(CdiName.parse("v.com/net=0:a.b_c"))
                .isEqualTo(new CdiName("v.com/net", "0:a.b_c"));
    }
}
