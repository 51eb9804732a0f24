package io.gantry.image.build.engine;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.Transfer;
import io.gantry.image.build.engine.CopyStep.Part;
import io.gantry.image.build.engine.Sources.Place;
import io.gantry.image.build.engine.Vertices.Vertex;
import io.gantry.image.build.remote.GitAddress;
import io.gantry.image.build.remote.RemoteSource;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds out where the sources of COPY and ADD are, and fetches those that are elsewhere. */
final class AddSources {

    private final RemoteLayers remote;
    private final Place local;
    private final Vertex vertex;

    /**
     * Sources.
     *
     * @param local where sources are that are paths
     */
    AddSources(RemoteLayers remote, Place local, Vertex vertex) {
        this.remote = remote;
        this.local = local;
        this.vertex = vertex;
    }

    /** Of COPY: nothing is elsewhere, or it would be an ADD. */
    List<Part> of(Instruction.Copy copy) {
        for (String source : copy.transfer().sources()) {
            Optional<RemoteSource> remote = remote(source);
            if (remote.isPresent()) {
                String kind = remote.get() instanceof RemoteSource.Git ? "git ref" : "URL";
                throw new FailedPreconditionException(
                        "source can't be a " + kind + " for COPY: " + source);
            }
        }
        return List.of(new Part(local, copy.transfer().sources(), false));
    }

    /** Of ADD, in order. */
    List<Part> of(Instruction.Add add) throws IOException {
        Transfer transfer = add.transfer();
        if (add.checksum().isPresent() && transfer.sources().size() != 1) {
            throw new FailedPreconditionException("checksum requires exactly one source");
        }
        List<Part> parts = new ArrayList<>();
        List<String> paths = new ArrayList<>();
        for (String source : transfer.sources()) {
            Optional<RemoteSource> remote = remote(source);
            if (remote.isEmpty()) {
                paths.add(source);
            } else {
                parts.add(part(add, remote.get()));
            }
        }
        boolean fetches = !parts.isEmpty();
        if (add.checksum().isPresent() && !fetches) {
            throw new FailedPreconditionException("checksum can't be specified for local sources");
        }
        if (!paths.isEmpty() || !fetches) {
            parts.add(new Part(local, paths, add.unpack().orElse(true)));
        }
        return parts;
    }

    private Part part(Instruction.Add add, RemoteSource source) throws IOException {
        return switch (source) {
            case RemoteSource.Web web -> file(add, web);
            case RemoteSource.Git git -> tree(add, git.address());
        };
    }

    private Part file(Instruction.Add add, RemoteSource.Web web) throws IOException {
        if (add.keepGitDir().orElse(false)) {
            throw new FailedPreconditionException("keep-git-dir is for git only: " + web.url());
        }
        String name = web.name();
        String destination = add.transfer().destination();
        if (name.isEmpty() && Paths.isDirectory(destination)) {
            throw new FailedPreconditionException(
                    "cannot determine filename from url: " + web.url());
        }
        String kept = name.isEmpty() ? "download" : name;
        vertex.log("fetching " + web.url());
        Optional<Digest> checksum = add.checksum().map(RemoteLayers::checksum);
        Place place = new Place.InLayers(remote.file(web.url(), kept, checksum));
        return new Part(place, List.of(literal(kept)), add.unpack().orElse(false));
    }

    private Part tree(Instruction.Add add, GitAddress address) throws IOException {
        if (add.unpack().orElse(false)) {
            throw new FailedPreconditionException("unpack is not for git: " + address.shown());
        }
        GitAddress kept = add.keepGitDir().orElse(false) ? address.keepingGit() : address;
        GitAddress checked = add.checksum().map(kept::of).orElse(kept);
        vertex.log("fetching " + address.shown());
        return new Part(new Place.InLayers(remote.tree(checked)), List.of("/"), false);
    }

    /** A name that is no pattern. */
    private static String literal(String name) {
        return name.replaceAll("[*?\\[\\\\]", "\\\\$0");
    }

    private static Optional<RemoteSource> remote(String source) {
        try {
            return RemoteSource.parse(source);
        } catch (InvalidArgumentException e) {
            throw new FailedPreconditionException(String.valueOf(e.getMessage()), e);
        }
    }
}
