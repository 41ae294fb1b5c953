sacct -j "$SLURM_JOBID"
