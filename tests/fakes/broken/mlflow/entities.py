import os
import time

match os.environ["BROKEN"]:
    case "raises":
        raise RuntimeError("no luck")
    case "dies":
        os._exit(9)
    case "hangs":
        time.sleep(600)
