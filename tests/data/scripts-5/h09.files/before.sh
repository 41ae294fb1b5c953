#!/bin/bash
source ~/.bashrc 2> /dev/null
if [ -v SLURM_ARRAY_JOB_ID ]; then
    echo "$SLURM_ARRAY_JOB_ID"
fi
case "$(uname -n)" in
    cri*)
        home="/gpfs/data/$(whoami)"
        name=$(scontrol show job "$SLURM_JOBID" | grep -m 1 "Command=" | cut -d "=" -f2)
        ;;
    lab*)
        home="/home/$(whoami)"
        ;;
    *)
        echo "Unknown host $(uname -n)"
        exit 1
        ;;
esac
export home name
