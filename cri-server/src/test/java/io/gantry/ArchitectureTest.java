package io.gantry;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.gantry.base.error.ServiceException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds the layering. {@link #MAY_USE} is the matrix that the documents point to: who may know
 * whom, by package below {@code io.gantry}.
 */
class ArchitectureTest {

    private static final String ROOT = "io.gantry.";

    /** Every package may also use itself and {@code base}; generated packages are not rows. */
    private static final Map<String, Set<String>> MAY_USE =
            Map.ofEntries(
                    row("base"),
                    row("base.error"),
                    row("linux.spec"),
                    row("linux.syscall"),
                    row("linux.procfs", "linux.syscall"),
                    row("linux.mount", "linux.syscall", "linux.procfs", "linux.spec"),
                    row("linux.systemd"),
                    row(
                            "linux.cgroup",
                            "linux.syscall",
                            "linux.systemd",
                            "linux.procfs",
                            "linux.spec"),
                    row("linux.security", "linux.syscall", "linux.spec", "linux.procfs"),
                    row("linux.netns", "linux.syscall", "linux.mount", "linux.procfs"),
                    row(
                            "linux.launch",
                            "linux.syscall",
                            "linux.mount",
                            "linux.security",
                            "linux.spec",
                            "linux.cgroup",
                            "linux.procfs"),
                    row("linux.shim", "linux.launch", "linux.syscall"),
                    row("image.reference", "image.content"),
                    row("image.content", "linux.syscall"),
                    row("image.manifest", "image.content"),
                    row(
                            "image.registry",
                            "image.content",
                            "image.manifest",
                            "image.reference",
                            "linux.syscall"),
                    row(
                            "image.trust",
                            "image.content",
                            "image.manifest",
                            "image.reference",
                            "image.registry"),
                    row(
                            "image.layer",
                            "image.content",
                            "image.manifest",
                            "linux.mount",
                            "linux.syscall"),
                    row(
                            "image.snapshot",
                            "image.content",
                            "image.layer",
                            "linux.spec",
                            "linux.syscall"),
                    row("image.diff", "image.content", "image.snapshot", "linux.syscall"),
                    row(
                            "image.archive",
                            "image.content",
                            "image.manifest",
                            "image.layer",
                            "image.reference"),
                    row("image.build.source"),
                    row("image.build.expand", "image.build.source"),
                    row("image.build.syntax", "image.build.expand", "image.build.source"),
                    row(
                            "image.build.dockerfile",
                            "image.build.syntax",
                            "image.build.expand",
                            "image.build.source"),
                    row("image.build.ignore", "image.build.source"),
                    row(
                            "image.build.stage",
                            "image.build.dockerfile",
                            "image.build.syntax",
                            "image.build.expand",
                            "image.build.source",
                            "image.manifest",
                            "image.reference"),
                    row(
                            "image.build.check",
                            "image.build.stage",
                            "image.build.dockerfile",
                            "image.build.syntax",
                            "image.build.expand",
                            "image.build.ignore",
                            "image.build.source",
                            "image.manifest",
                            "image.reference"),
                    row(
                            "image.build.api",
                            "image.build.dockerfile",
                            "image.build.ignore",
                            "image.build.source",
                            "image.content",
                            "image.manifest",
                            "image.reference",
                            "image.registry",
                            "linux.spec"),
                    row(
                            "image.build.config",
                            "image.build.dockerfile",
                            "image.content",
                            "image.manifest"),
                    row(
                            "image.build.tree",
                            "image.build.api",
                            "image.build.dockerfile",
                            "image.build.ignore",
                            "image.content",
                            "image.layer",
                            "image.snapshot",
                            "linux.spec",
                            "linux.syscall"),
                    row(
                            "image.build.export",
                            "image.build.api",
                            "image.build.tree",
                            "image.content",
                            "image.manifest",
                            "image.snapshot",
                            "linux.syscall"),
                    row("image.build.remote", "image.build.api"),
                    row("image.build.attest", "image.content"),
                    row("image.build.cache", "image.content"),
                    row(
                            "image.build.engine",
                            "image.build.api",
                            "image.build.attest",
                            "image.build.cache",
                            "image.build.check",
                            "image.build.config",
                            "image.build.dockerfile",
                            "image.build.export",
                            "image.build.ignore",
                            "image.build.remote",
                            "image.build.source",
                            "image.build.stage",
                            "image.build.syntax",
                            "image.build.tree",
                            "image.content",
                            "image.gc",
                            "image.layer",
                            "image.manifest",
                            "image.metadata",
                            "image.reference",
                            "image.registry",
                            "image.snapshot",
                            "linux.spec",
                            "linux.syscall"),
                    row("image.metadata", "image.content", "image.manifest", "image.reference"),
                    row("image.gc", "image.metadata", "image.content", "image.snapshot"),
                    row(
                            "image.service",
                            "image.*",
                            "linux.mount",
                            "linux.spec",
                            "linux.procfs",
                            "linux.syscall"),
                    row(
                            "image.pulls",
                            "image.service",
                            "image.content",
                            "image.manifest",
                            "image.reference",
                            "image.registry"),
                    row("runtime.pod", "linux.spec"),
                    row("runtime.container", "runtime.pod", "linux.spec"),
                    row(
                            "runtime.bundle",
                            "runtime.pod",
                            "runtime.container",
                            "linux.spec",
                            "linux.mount"),
                    row(
                            "runtime.oci",
                            "runtime.pod",
                            "runtime.container",
                            "runtime.bundle",
                            "linux.cgroup",
                            "linux.launch",
                            "linux.shim",
                            "linux.spec"),
                    row("runtime.exec", "runtime.pod", "runtime.container"),
                    row("runtime.task", "runtime.pod", "linux.mount", "linux.spec"),
                    row("runtime.logs", "runtime.container"),
                    row("runtime.store", "runtime.pod", "runtime.container"),
                    row("runtime.cni", "runtime.pod", "linux.procfs"),
                    row("runtime.cdi", "linux.spec"),
                    row(
                            "runtime.spec",
                            "runtime.pod",
                            "runtime.container",
                            "runtime.cdi",
                            "runtime.bundle",
                            "runtime.exec",
                            "runtime.task",
                            "linux.mount",
                            "linux.spec",
                            "linux.security",
                            "linux.procfs",
                            "linux.syscall"),
                    row(
                            "runtime.stats",
                            "runtime.container",
                            "runtime.pod",
                            "runtime.bundle",
                            "linux.cgroup",
                            "linux.procfs"),
                    row("runtime.events", "runtime.container", "runtime.pod"),
                    row("runtime.service", "runtime.*", "linux.*"),
                    row("cri.config"),
                    row("cri.logging", "cri.config"),
                    row("cri.metrics"),
                    row("cri.engine", "runtime.*", "image.*"),
                    row(
                            "cri.build",
                            "cri.engine",
                            "runtime.*",
                            "image.*",
                            "linux.mount",
                            "linux.spec"),
                    row("cri.streaming.token"),
                    row("cri.streaming.wire"),
                    row("cri.streaming.spdy", "cri.streaming.wire"),
                    row("cri.streaming.websocket", "cri.streaming.wire"),
                    row(
                            "cri.streaming.session",
                            "cri.streaming.wire",
                            "cri.streaming.spdy",
                            "cri.streaming.websocket",
                            "runtime.exec"),
                    row(
                            "cri.streaming",
                            "cri.streaming.session",
                            "cri.streaming.spdy",
                            "cri.streaming.token",
                            "cri.streaming.websocket",
                            "cri.streaming.wire"),
                    row(
                            "cri.translate",
                            "cri.build",
                            "cri.engine",
                            "cri.config",
                            "runtime.*",
                            "image.*",
                            "proto.*",
                            "linux.spec",
                            "linux.cgroup",
                            "linux.procfs"),
                    row(
                            "cri.grpc",
                            "cri.translate",
                            "cri.metrics",
                            "cri.build",
                            "cri.engine",
                            "cri.logging",
                            "cri.config",
                            "cri.streaming",
                            "cri.streaming.session",
                            "cri.streaming.wire",
                            "runtime.*",
                            "image.*",
                            "proto.*"),
                    row("cri.wiring", "cri.*", "runtime.*", "image.*", "linux.*", "proto.*"),
                    row("cri.main", "cri.wiring", "cri.config", "cri.logging"),
                    // Of an ignore file the client has to know what it leaves out: it sends the
                    // rest.
                    row("cli", "proto.*", "image.build.ignore", "image.build.source"));

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("io.gantry");

    @Test
    void packagesUseOnlyWhatTheMatrixAllows() {
        // One example of each edge that is not in the matrix says enough.
        Map<String, String> offences = new TreeMap<>();
        own().flatMap(each -> each.getDirectDependenciesFromSelf().stream())
                .filter(each -> each.getTargetClass().getPackageName().startsWith(ROOT))
                .filter(each -> !allowed(each))
                .forEach(
                        each ->
                                offences.putIfAbsent(
                                        packageOf(each.getOriginClass())
                                                + " -> "
                                                + packageOf(each.getTargetClass()),
                                        each.getDescription()));
        assertThat(offences).isEmpty();
    }

    @Test
    void everyPackageIsInTheMatrix() {
        Set<String> present =
                own().map(ArchitectureTest::packageOf)
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(MAY_USE.keySet()).containsAll(present);
    }

    @Test
    void packagesAreFreeOfCycles() {
        SlicesRuleDefinition.slices()
                .matching("io.gantry.(*).(*)..")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }

    @Test
    void imagesAndRuntimeDoNotKnowEachOther() {
        assertOnly(
                "io.gantry.image",
                at -> at.startsWith("image.") || at.startsWith("cri.") || at.equals("cli"));
        assertOnly("io.gantry.runtime", at -> at.startsWith("runtime.") || at.startsWith("cri."));
    }

    @Test
    void onlySyscallUsesJna() {
        assertOnly("com.sun.jna", at -> at.equals("linux.syscall"));
    }

    @Test
    void onlySystemdIsAskedOverDBus() {
        assertOnly("org.freedesktop", at -> at.equals("linux.systemd"));
    }

    @Test
    void onlyStoresUseSql() {
        assertOnly("java.sql", at -> at.endsWith(".store") || at.endsWith(".metadata"));
    }

    @Test
    void onlyTheServerAndTheClientUseGrpcProtobufAndNetty() {
        Predicate<String> edge = at -> at.startsWith("cri.") || at.equals("cli");
        assertOnly("io.grpc", edge);
        assertOnly("com.google.protobuf", edge);
        assertOnly("io.netty", edge);
        assertOnly("io.gantry.proto", edge);
    }

    /**
     * Below the rim an outcome is a category of {@code base.error} and a stream an interface of its
     * own. The client is the other end of the wire: it reads statuses, and has no such rim.
     */
    @Test
    void onlyTheRimKnowsHowGrpcTellsOutcomes() {
        assertMentions(
                type -> Set.of("io.grpc.Status", "io.grpc.stub.StreamObserver").contains(type),
                at -> at.equals("cri.grpc") || at.equals("cli"));
    }

    @Test
    void onlyEntryPointsUsePicocli() {
        assertOnly("picocli", at -> at.equals("cri.main") || at.equals("cli"));
    }

    @Test
    void baseDependsOnTheJdkAndTheLoggingInterfaceOnly() {
        List<String> offences =
                own().filter(each -> packageOf(each).startsWith("base"))
                        .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
                        .map(each -> each.getTargetClass().getPackageName())
                        .filter(
                                at ->
                                        !at.startsWith("java")
                                                && !at.startsWith("io.gantry.base")
                                                && !at.startsWith("org.jspecify")
                                                && !at.equals("org.slf4j")
                                                && !at.startsWith("org.slf4j.")
                                                && !at.isEmpty())
                        .distinct()
                        .toList();
        assertThat(offences).isEmpty();
    }

    @Test
    void baseStaysADozenTypesAtMost() {
        assertThat(
                        own().filter(each -> packageOf(each).equals("base"))
                                .filter(JavaClass::isTopLevelClass)
                                .filter(each -> !each.getSimpleName().equals("package-info")))
                .hasSizeLessThanOrEqualTo(12);
    }

    @Test
    void translationIsPure() {
        List<String> offences =
                own().filter(each -> packageOf(each).equals("cri.translate"))
                        .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
                        .filter(
                                each ->
                                        List.of("java.nio.file.Files", "java.io.File")
                                                .contains(each.getTargetClass().getName()))
                        .map(Dependency::getDescription)
                        .toList();
        assertThat(offences).isEmpty();
        assertThat(
                        own().filter(each -> packageOf(each).equals("cri.translate"))
                                .flatMap(each -> each.getFields().stream())
                                .filter(
                                        field ->
                                                !field.getModifiers().contains(JavaModifier.FINAL)))
                .isEmpty();
    }

    @Test
    void onlyBaseMakesThreads() {
        assertCalls(
                call ->
                        targetIs(call, Thread.class, "ofVirtual", "ofPlatform", "<init>")
                                || call.getTargetOwner()
                                        .getName()
                                        .equals("java.util.concurrent.Executors"),
                at -> at.equals("base"));
    }

    @Test
    void onlyBaseReadsClocksAndSleeps() {
        assertCalls(
                call ->
                        targetIs(call, java.time.Instant.class, "now")
                                || targetIs(call, System.class, "currentTimeMillis", "nanoTime")
                                || targetIs(call, Thread.class, "sleep"),
                at -> at.equals("base"));
    }

    @Test
    void onlyEntryPointsExit() {
        assertCalls(
                call ->
                        targetIs(call, System.class, "exit")
                                || targetIs(call, Runtime.class, "halt", "exit"),
                at -> at.equals("cri.main") || at.equals("cli"));
    }

    @Test
    void onlyEntryPointsPrint() {
        assertCalls(
                call ->
                        call.getTargetOwner().isEquivalentTo(System.class)
                                && Set.of("out", "err").contains(call.getName()),
                at -> at.equals("cri.main") || at.equals("cli"));
    }

    /**
     * The client works its terminal through stty(1), see {@code io.gantry.cli.Terminal}; builds
     * fetch repositories by git, see {@code io.gantry.image.build.remote.GitProgram}; profiles of
     * AppArmor are compiled by the one program that can; a scope of systemd is there only with a
     * process in it, see {@code io.gantry.linux.cgroup.ScopeKeeper}.
     */
    @Test
    void processesAreStartedWhereTheyMustBeOnly() {
        assertCalls(
                call -> targetIs(call, ProcessBuilder.class, "<init>"),
                at ->
                        Set.of(
                                        "linux.shim",
                                        "linux.cgroup",
                                        "linux.security",
                                        "runtime.cni",
                                        "runtime.oci",
                                        "image.registry",
                                        "image.build.remote",
                                        "cli")
                                .contains(at));
    }

    @Test
    void uncheckedExceptionsOfTheDaemonBelongToACategory() {
        List<String> offences =
                own().filter(each -> !packageOf(each).equals("cli"))
                        .filter(each -> each.isAssignableTo(RuntimeException.class))
                        .filter(each -> !each.isAssignableTo(ServiceException.class))
                        .map(JavaClass::getName)
                        .toList();
        assertThat(offences).isEmpty();
    }

    @Test
    void nobodyThrowsAnExceptionWithoutMeaning() {
        assertCalls(
                call ->
                        targetIs(call, RuntimeException.class, "<init>")
                                || targetIs(call, Exception.class, "<init>"),
                at -> false,
                call -> !call.getOriginOwner().isAssignableTo(Throwable.class));
    }

    /** The specification is passed between modules and stored: it is data, and nothing else. */
    @Test
    void theSpecificationConsistsOfRecordsAndEnums() {
        assertThat(
                        own().filter(each -> packageOf(each).equals("linux.spec"))
                                .filter(each -> !each.getSimpleName().equals("package-info"))
                                .filter(each -> !each.isRecord() && !each.isEnum())
                                .map(JavaClass::getName))
                .isEmpty();
    }

    /**
     * Packages of values may hold, beside records and enums, what reads, checks and makes these; to
     * be as good as functions, that keeps nothing which could change.
     */
    @Test
    void packagesOfValuesHoldNothingThatChanges() {
        assertThat(
                        own().filter(
                                        each ->
                                                packageOf(each).matches(".*\\.(spec|manifest)")
                                                        || packageOf(each).equals("cri.config"))
                                .flatMap(each -> each.getFields().stream())
                                .filter(field -> !field.getModifiers().contains(JavaModifier.FINAL))
                                .map(field -> field.getFullName()))
                .isEmpty();
    }

    @Test
    void nothingHasAPublicSetter() {
        assertThat(
                        own().flatMap(each -> each.getMethods().stream())
                                .filter(
                                        method ->
                                                method.getModifiers().contains(JavaModifier.PUBLIC))
                                .filter(method -> method.getName().matches("set[A-Z].*"))
                                .map(method -> method.getFullName()))
                .isEmpty();
    }

    private static Map.Entry<String, Set<String>> row(String name, String... uses) {
        return Map.entry(name, Set.of(uses));
    }

    /** Classes written by hand. */
    private static Stream<JavaClass> own() {
        return CLASSES.stream()
                .filter(each -> each.getPackageName().startsWith(ROOT))
                .filter(each -> !each.getPackageName().startsWith(ROOT + "proto"));
    }

    private static String packageOf(JavaClass type) {
        return type.getPackageName().substring(ROOT.length());
    }

    private static boolean allowed(Dependency dependency) {
        String from = packageOf(dependency.getOriginClass());
        String to = packageOf(dependency.getTargetClass());
        Set<String> uses = MAY_USE.getOrDefault(from, Set.of());
        return from.equals(to)
                || to.equals("base")
                || to.equals("base.error")
                || uses.contains(to)
                || uses.contains(to.substring(0, Math.max(0, to.indexOf('.'))) + ".*");
    }

    /** Only packages that {@code who} accepts mention classes of {@code target} and below. */
    private static void assertOnly(String target, Predicate<String> who) {
        assertMentions(type -> type.startsWith(target + "."), who);
    }

    /** Only packages that {@code who} accepts mention types whose names {@code what} accepts. */
    private static void assertMentions(Predicate<String> what, Predicate<String> who) {
        List<String> offences =
                own().filter(each -> !who.test(packageOf(each)))
                        .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
                        .filter(each -> what.test(each.getTargetClass().getName()))
                        .map(Dependency::getDescription)
                        .toList();
        assertThat(offences).isEmpty();
    }

    private static void assertCalls(Predicate<JavaAccess<?>> what, Predicate<String> who) {
        assertCalls(what, who, call -> true);
    }

    private static void assertCalls(
            Predicate<JavaAccess<?>> what, Predicate<String> who, Predicate<JavaAccess<?>> where) {
        Collection<String> offences =
                own().filter(each -> !who.test(packageOf(each)))
                        .flatMap(each -> each.getAccessesFromSelf().stream())
                        .filter(what)
                        .filter(where)
                        .map(JavaAccess::getDescription)
                        .toList();
        assertThat(offences).isEmpty();
    }

    private static boolean targetIs(JavaAccess<?> access, Class<?> owner, String... names) {
        return access.getTargetOwner().isEquivalentTo(owner)
                && Set.of(names).contains(access.getName());
    }
}
