import os

ANSWER = '''```json
[]
```'''


def run(command):
    os.system(command)
