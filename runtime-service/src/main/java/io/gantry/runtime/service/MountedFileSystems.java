package io.gantry.runtime.service;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.FileSystemStatus;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.stats.FileSystemSpace;
import io.gantry.runtime.stats.FileSystems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file systems of the machine, as statfs(2) and the table of mounts have them. */
record MountedFileSystems(Syscalls syscalls) implements FileSystems {

    @Override
    public FileSystemSpace space(Path directory) throws IOException {
        FileSystemStatus status = syscalls.statfs(CString.of(directory.toString()));
        return new FileSystemSpace(
                Files.getFileStore(directory).name(),
                status.blocks() * status.blockSize(),
                status.files(),
                status.filesFree());
    }
}
