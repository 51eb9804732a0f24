package io.gantry.linux.mount;

import static io.gantry.linux.syscall.MountFlags.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.MountCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MounterTest {

    private static final Path TARGET = Path.of("/run/t");
    private static final Mount OVERLAY =
            new Mount("overlay", "overlay", List.of("ro", "lowerdir=/a:/b"));

    private final Recorder kernel = new Recorder();
    private final Mounter mounter = new Mounter(kernel);

    /** Records calls; the one whose turn it is fails. */
    private static final class Recorder implements MountCalls {
        private final List<String> calls = new ArrayList<>();
        private int failing = -1;
        private int mounted;

        @Override
        public void mount(
                CString source,
                CString target,
                @Nullable CString type,
                long flags,
                @Nullable CString data)
                throws ErrnoException {
            if (calls.size() == failing) {
                throw new ErrnoException("mount", type + " on " + target, Errno.EPERM.number());
            }
            if ((flags & (MS_REMOUNT | MS_PRIVATE)) == 0) {
                mounted++;
            }
            calls.add("mount %s %s %s 0x%x %s".formatted(source, target, type, flags, data));
        }

        @Override
        public void umount2(CString target, int flags) throws ErrnoException {
            calls.add("umount " + target + " " + flags);
            if (mounted == 0) {
                throw new ErrnoException("umount2", target.toString(), Errno.EINVAL.number());
            }
            mounted--;
        }
    }

    @Test
    void fileSystemIsMountedInOneCall() throws IOException {
        mounter.mount(OVERLAY, TARGET);
        assertThat(kernel.calls).containsExactly("mount overlay /run/t overlay 0x1 lowerdir=/a:/b");
    }

    @Test
    void bindMountIsRemountedForItsFlags() throws IOException {
        mounter.mount(new Mount("bind", "/s", List.of("rbind", "ro", "private")), TARGET);
        assertThat(kernel.calls)
                .containsExactly(
                        "mount /s /run/t null 0x5000 null",
                        "mount none /run/t null 0x1021 null",
                        "mount none /run/t null 0x40000 null");
    }

    @Test
    void failureAtAnyCallLeavesNothingMounted() {
        List<Mount> mounts = List.of(OVERLAY, Mount.bind("/s", true));
        for (int call = 0; call < 3; call++) {
            kernel.calls.clear();
            kernel.failing = call;
            assertThatThrownBy(() -> mounter.mount(mounts, TARGET))
                    .isInstanceOf(ErrnoException.class)
                    .hasMessageEndingWith("on /run/t: EPERM (Operation not permitted)");
            assertThat(kernel.mounted).isZero();
        }
    }

    @Test
    void unmountTakesAllAndIsIdempotent() throws IOException {
        mounter.mount(OVERLAY, TARGET);
        mounter.mount(OVERLAY, TARGET);
        mounter.unmount(TARGET);
        assertThat(kernel.mounted).isZero();
        mounter.unmount(TARGET);
    }

    @Test
    void optionsLongerThanAPageAreRefusedWithTheirLength() {
        Mount mount = new Mount("overlay", "overlay", List.of("lowerdir=/" + "a".repeat(5000)));
        assertThatThrownBy(() -> mounter.mount(mount, TARGET))
                .hasMessage(
                        "mount overlay on /run/t: options of 5010 bytes are longer than a page");
    }
}
