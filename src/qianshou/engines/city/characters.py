"""Which characters sound alike, look alike or are written alike: the raw material of slips.

Hand-made tables, enough for the names in this folder; they are no dictionary.
"""

import re

# Toneless pinyin followed by the characters that are read so (the reading used in names).
_READINGS = """
an安 ao敖 bai柏白 bao薄 bi碧 bin斌 bing兵 bo伯勃博波渤铂 cai才蔡财 cang仓苍 cao曹 cen岑
chang常昌昶长 chao朝超 chen宸晨臣谌辰陈 cheng呈城成承程诚 chong充冲崇 chun春椿淳纯 cong丛聪
cui崔 cun存村 da大 dai代戴 dan丹但 de德 deng邓 diao刁 ding丁 dong东冬董 du杜 duan段 er儿 fa发
fan范 fang方芳 fei妃扉绯菲霏非飞 fen纷芬 feng丰冯凤奉峰枫烽锋风 fu付傅夫富甫福馥 ga伽 gan甘
gang冈刚岗纲钢 gao高 gong巩龚 gu顾 guang光广 gui归桂贵 guo国果过郭 hai海 han寒晗汉涵瀚翰韩
hang杭珩航 hao好昊浩皓豪郝 he何贺 heng亨恒衡 hong宏弘泓洪红虹鸿 hou侯 hu胡 hua华 huang黄
hui会卉徽惠慧晖蕙辉 jia佳加嘉家珈贾 jian健剑建简舰见键 jiang姜江蒋 jiao焦 jie劼婕捷杰洁节
jin今晋津瑾紧进金锦 jing京净婧敬景晶璟菁靖静 ju举居巨菊 juan娟涓绢 jue珏 jun俊军君均峻珺郡钧骏
kai凯开恺楷铠 kang伉康 ke可柯 kuang况 la拉 lan兰岚澜蓝 lang朗浪郎 le乐 lei勒垒磊蕾雷 leng冷
li丽俐利力历娌李理礼立莉里黎 lian廉怜练莲连 liang梁 liao廖 lin临林琳霖麟 ling令凌岭灵玲羚菱铃
liu刘 long泷珑隆龙 lu卢陆 luo洛络罗落骆 lv吕 ma马 mao毛 mei妹媚梅玫眉美 meng孟朦梦猛萌蒙
miao妙淼渺苗 min岷敏民闽 ming名明茗铭鸣 mou牟 mu沐 na呐娜那 nan南囡楠男 ni倪妮尼泥 nian年念
nie聂 ning凝宁柠甯 nuo诺 pan潘 pang庞 peng彭朋芃蓬鹏 ping平萍 po泊 pu蒲
qi其启奇戚棋淇琦琪祺骐麒齐 qian乾倩前千芊茜谦钱 qiang强 qin勤沁琴秦芹覃 qing倾卿庆情晴清轻青
qiong琼 qiu丘邱 quan全 qun群 ran冉然 ren任 rong容戎榕溶绒荣蓉融镕 rou柔 ru茹 rui瑞睿芮蕊锐 ruo若
sen森 shan珊 shao少邵 shen慎沈深申绅 sheng升圣声生盛笙胜 shi世仕史士实师施时石示诗 shou寿
shu书姝树淑舒 si丝司思斯 song宋嵩松淞颂 su素苏 sun孙 tan谭 tang唐 tao桃涛滔陶韬 tian天田
ting亭婷庭廷霆 tong同彤曈桐童统通 tuo庹 wan万婉宛菀 wang汪王 wei伟卫唯威巍微未炜玮维蔚薇韦魏
wen文汶纹问闻雯 wu吴巫武 xi习喜希席惜晞曦汐溪熙玺西 xia侠夏霞 xian先 xiang向响想湘祥翔香
xiao啸孝小晓潇笑筱肖萧 xie解谢 xin信心新昕欣歆芯辛鑫馨 xing兴幸形星杏行 xiong熊 xiu秀
xu叙序徐旭昫煦绪续许 xuan宣旋暄炫玄瑄璇绚萱轩 xue学薛雪 ya雅 yan妍嫣岩延彦晏焰燕研艳言闫阎雁颜
yang扬杨洋漾羊阳 yao垚姚尧曜瑶耀谣遥 ye叶 yi一义亿仪伊依奕宜屹怡意易毅翊翼艺轶逸 yin寅尹殷茵银音
ying影映樱瀛瑛盈英莹萤营迎颍颖鹰 yong勇永 you友游 yu予于余喻宇愉昱毓煜玉瑜禹羽裕誉语郁钰雨
yuan元原园圆媛渊源缘苑袁远 yue岳悦月玥越跃 yun云 zao早枣 ze则泽 zeng增曾 zhang张彰樟璋章
zhao兆召昭曌照赵 zhe哲喆浙 zhen振桢珍真臻贞镇震 zheng争政正郑铮 zhi之志智枝治知至致芝芷
zhong中忠钟 zhou周 zhu朱祝 zhuo倬卓 zi姿子孜梓滋紫自资 zou邹 zu祖 zuo佐作左琢
"""

SOUNDS: dict[str, str] = dict(re.findall(r"([a-z]+)([^a-z\s]+)", _READINGS))
READING: dict[str, str] = {char: sound for sound, chars in SOUNDS.items() for char in chars}

# Simplified and traditional form, pair after pair.
_TRADITIONAL = (
    "张張陈陳刘劉杨楊赵趙黄黃吴吳孙孫马馬罗羅郑鄭谢謝许許邓鄧冯馮韩韓龙龍谭譚龚龔贺賀"
    "顾顧卢盧钟鍾伟偉华華丽麗红紅梦夢语語诗詩泽澤宁寧义義国國军軍强強云雲艳艷兰蘭凤鳳"
    "晓曉静靜颖穎莹瑩玛瑪轩軒杰傑龄齡庆慶东東长長发發财財贵貴荣榮飞飛鸣鳴鹏鵬兴興"
    "万萬陆陸贾賈邹鄒严嚴叶葉蒋蔣苏蘇吕呂范範卫衛阎閻钱錢齐齊简簡骆駱岭嶺灵靈铃鈴键鍵"
    "剑劍锋鋒锦錦铭銘钰鈺树樹书書学學乐樂欢歡爱愛诚誠谦謙辉輝晖暉涛濤润潤"
    "滨濱浏瀏渊淵温溫连連运運远遠达達迟遲选選尧堯声聲实實宝寶写寫宪憲岁歲岗崗岚嵐峰峯"
)
TRADITIONAL: dict[str, str] = dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True))

# Characters that clerks mix up by shape, or variants of one character; each string is a circle.
_CIRCLES = (
    "肖萧 付傅 闫阎 邱丘 戴代 冉再 侯候 末未 己已 茜西 婷停 妍研 玥钥 璐潞 钰珏 晗唅 轩轶 "
    "祎袆 昊吴 睿叡 彤丹 洋详 梓锌 峰锋 杰木 浩洁 涵函 晨辰 静净 瑶摇 琪淇 瑾谨 萱宣 博搏 "
    "宸辰 煜昱 皓浩 俊竣 铭名 淼森 沐休 芷芝 怡恰 诺若 馨磬 莹营 娟捐 燕雁 玲怜 霞露 秀透 "
    "群郡 国囯 贵责 财材 才寸 福富 寿涛 荣容 芳芬 素索 淑椒 碧壁 珍诊 琼凉 蓉容 菊匊"
)
LOOK_ALIKE: dict[str, str] = {
    circle[i]: circle[1 - i] for circle in _CIRCLES.split() for i in (0, 1)
}


def fold(sound: str) -> str:
    """Fold a toneless syllable as Chongqing speech does: n = l, zh = z, hu- = f-, -ing = -in."""
    sound = re.sub(r"^n(?=[^g]|$)", "l", sound)
    sound = re.sub(r"^([zcs])h", r"\1", sound)
    sound = re.sub(r"^hu(?=[aein]|$)", lambda m: "fu" if m.end() == len(sound) else "f", sound)
    sound = re.sub(r"^f(?=[in]$)", "fe", sound)
    return re.sub(r"(?<=[ie])ng$", "n", sound)


def _circles_of_dialect() -> dict[str, str]:
    by_fold: dict[str, list[str]] = {}
    for sound in SOUNDS:
        by_fold.setdefault(fold(sound), []).append(sound)
    near: dict[str, str] = {}
    for sounds in by_fold.values():
        for sound in sounds:
            others = "".join(SOUNDS[other] for other in sounds if other != sound)
            near.update(dict.fromkeys(SOUNDS[sound], others) if others else {})
    return near


NEAR_SOUND: dict[str, str] = _circles_of_dialect()
HOMOPHONES: dict[str, str] = {
    char: SOUNDS[sound].replace(char, "")
    for char, sound in READING.items()
    if len(SOUNDS[sound]) > 1
}
