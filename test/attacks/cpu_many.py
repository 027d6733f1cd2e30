"""Burns the processor in many processes, each below the limit of one."""
import os

for _ in range(6):
    if os.fork() == 0:
        break
while True:
    pass
