# SPDX-License-Identifier: GPL-2.0-or-later

import os

from spack.package import *


class Dsfit(AutotoolsPackage):
    """Estimates what the training of a model with DeepSpeed needs, and compares it with what a
    job requests of Slurm: as a command, as a SPANK plugin and as a job_submit plugin."""

    homepage = "https://dsfit.example/"
    # "make dist" makes it, in the folder where spack is called.
    manual_download = True
    url = f"file://{os.getcwd()}/dsfit-0.1.0.tar.gz"

    license("GPL-2.0-or-later")

    version("0.1.0")

    variant("slurm", default=True, description="Build the plugins for Slurm")

    depends_on("c", type="build")
    depends_on("gmake", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("json-c")
    depends_on("libconfuse")
    depends_on("libyaml")
    # libsmartcols
    depends_on("util-linux")
    # slurmctld takes a plugin of its very release alone: name the cluster's as an external.
    depends_on("slurm@22-05:", when="+slurm")

    def configure_args(self):
        args = [f"--sysconfdir={self.prefix.etc}", "--disable-tests"]
        if self.spec.satisfies("+slurm"):
            args.append(f"--with-slurm={self.spec['slurm'].prefix}")
        else:
            args.append("--without-slurm")
        return args

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_command(self):
        Executable(self.prefix.bin.dsfit)("size", "13B")
