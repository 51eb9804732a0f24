package io.gantry.runtime.bundle;

import io.gantry.linux.spec.IdMappings;
import io.gantry.runtime.pod.DnsConfig;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The files that all containers of a pod see: hostname, hosts, resolv.conf. They belong to the
 * pod's root. Written without fsync: no pod outlives the machine.
 *
 * @param hostEtc /etc of the host
 */
public record SandboxFiles(Layout layout, Path hostEtc) {

    /** Makes the directory of a sandbox with its files and mount points. */
    public void create(PodSandbox pod) throws IOException {
        Layout.Sandbox files = layout.sandbox(pod.id());
        Files.createDirectories(layout.shims());
        Files.createDirectories(files.namespaces());
        Files.createDirectories(files.shm());
        Files.writeString(files.hostname(), pod.hostname() + "\n");
        Files.write(files.hosts(), hostFile("hosts"));
        DnsConfig dns = pod.config().dns();
        if (dns == null) {
            Files.write(files.resolvConf(), hostFile("resolv.conf"));
        } else {
            Files.writeString(files.resolvConf(), resolvConf(dns));
        }
        IdMappings ids = pod.config().namespaces().idMappings();
        if (!ids.isEmpty()) {
            for (Path file : List.of(files.hostname(), files.hosts(), files.resolvConf())) {
                Files.setAttribute(file, "unix:uid", (int) ids.hostUid(0));
                Files.setAttribute(file, "unix:gid", (int) ids.hostGid(0));
            }
        }
    }

    /** Has the pod know itself by name, once it has addresses, the primary first. */
    public void nameAddresses(PodSandbox pod, List<String> addresses) throws IOException {
        if (addresses.isEmpty()) {
            return;
        }
        Path hosts = layout.sandbox(pod.id()).hosts();
        StringBuilder lines = new StringBuilder();
        if (endsAmidstALine(hosts)) {
            lines.append('\n');
        }
        for (String address : addresses) {
            lines.append(address).append('\t').append(pod.hostname()).append('\n');
        }
        Files.writeString(hosts, lines, StandardOpenOption.APPEND);
    }

    private static boolean endsAmidstALine(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        return bytes.length > 0 && bytes[bytes.length - 1] != '\n';
    }

    /** Removes them; nothing may be mounted there any more. */
    public void remove(PodSandbox pod) throws IOException {
        Layout.Sandbox files = layout.sandbox(pod.id());
        Files.deleteIfExists(files.socket());
        Trees.delete(files.directory());
    }

    static String resolvConf(DnsConfig dns) {
        StringBuilder text = new StringBuilder();
        if (!dns.searches().isEmpty()) {
            text.append("search ").append(String.join(" ", dns.searches())).append('\n');
        }
        for (String server : dns.servers()) {
            text.append("nameserver ").append(server).append('\n');
        }
        if (!dns.options().isEmpty()) {
            text.append("options ").append(String.join(" ", dns.options())).append('\n');
        }
        return text.toString();
    }

    private byte[] hostFile(String name) throws IOException {
        try {
            return Files.readAllBytes(hostEtc.resolve(name));
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }
}
