package io.gantry.linux.syscall;

/** The calls about BPF programs that control groups need (bpf(2)). */
public interface BpfCalls {

    /**
     * BPF_PROG_LOAD of a program of type BPF_PROG_TYPE_CGROUP_DEVICE.
     *
     * @param instructions struct bpf_insn, one after the other
     * @return a descriptor, close-on-exec; the caller closes it
     */
    int bpf_prog_load_cgroup_device(byte[] instructions) throws ErrnoException;

    /**
     * BPF_PROG_ATTACH of such a program to a control group of version 2, beside others that are or
     * will be attached (BPF_F_ALLOW_MULTI): all of them have to allow an access.
     *
     * @param cgroupFd descriptor of the group's directory
     * @param programFd program; the kernel keeps it while the group exists
     */
    void bpf_prog_attach_cgroup_device(int cgroupFd, int programFd) throws ErrnoException;
}
