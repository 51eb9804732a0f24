package io.gantry.image.build.engine;

import io.gantry.base.error.ServiceException;
import io.gantry.image.build.engine.Vertices.Vertex;
import io.gantry.image.build.export.TreeTar;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.build.tree.StackTree;
import java.io.IOException;
import java.util.Optional;

/** Writes the files of what stages came to into an archive. Used by one thread. */
final class FilesWriter {

    private final BuildRun run;
    private final TreeTar tar;

    FilesWriter(BuildRun run, TreeTar tar) {
        this.run = run;
        this.tar = tar;
    }

    /**
     * Writes those of a stage.
     *
     * @param top directory of the archive; empty: its root
     */
    void write(StageResult stage, String top) throws IOException {
        Vertex vertex = run.vertices().start("exporting files", Optional.empty());
        try (SourceTree tree =
                new StackTree(
                        run.tools().kernel(),
                        run.tools().snapshotter().stack(stage.stack().layers()))) {
            tar.write(tree, top);
            vertex.completed();
        } catch (ServiceException | IOException e) {
            vertex.failed(String.valueOf(e.getMessage()), "");
            throw e;
        }
    }
}
