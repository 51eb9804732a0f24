package io.gantry.image.build.engine;

import static io.gantry.linux.syscall.OpenFlags.MFD_CLOEXEC;

import io.gantry.image.build.dockerfile.Transfer.Document;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.build.tree.Picked;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.content.Digest;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.FileStatus.Time;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The heredocs of a COPY or ADD as files of mode 0644. */
final class DocumentTree implements SourceTree {

    private final Syscalls kernel;
    private final Map<String, byte[]> contents = new LinkedHashMap<>();
    private final Time time;

    DocumentTree(Syscalls kernel, List<Document> documents, Time time) {
        this.kernel = kernel;
        this.time = time;
        documents.forEach(
                it ->
                        contents.put(
                                Paths.ofText(it.name()),
                                it.content().getBytes(StandardCharsets.UTF_8)));
    }

    /** All of them. */
    List<Picked> all() {
        List<Picked> all = new ArrayList<>();
        contents.keySet().forEach(name -> all.add(new Picked(node(name), name, "")));
        return all;
    }

    private Node node(String name) {
        long size = contents.getOrDefault(name, new byte[0]).length;
        return new Node(name, FileStatus.S_IFREG | 0644, 0, 0, size, time, "", 0, 1, 0);
    }

    @Override
    public Optional<Node> find(String path, boolean follow) {
        return contents.containsKey(path) ? Optional.of(node(path)) : Optional.empty();
    }

    @Override
    public List<Node> children(Node directory) {
        return List.of();
    }

    @Override
    public Digest content(Node file) {
        return Digest.sha256(contents.getOrDefault(file.path(), new byte[0]));
    }

    @Override
    public SortedMap<String, byte[]> attributes(Node node) {
        return new TreeMap<>();
    }

    @Override
    public int open(Node file) throws IOException {
        int fd = kernel.memfd_create(CString.of("heredoc"), MFD_CLOEXEC);
        ByteBuffer bytes = ByteBuffer.wrap(contents.getOrDefault(file.path(), new byte[0]));
        kernel.write(fd, bytes);
        kernel.lseek(fd, 0, 0);
        return fd;
    }

    @Override
    public void close() {
        // Holds no descriptor.
    }
}
